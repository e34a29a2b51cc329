/** The log of one member as its writes have it, synced or not; and the configuration that is in force in it. */
import type { Configuration, Entry, Snapshot, Write } from '../../../src/raft/interface.ts'

export class ShadowLog {
  /** The last entry that a snapshot stands for. */
  baseIndex = 0
  baseTerm = 0
  entries: Entry[] = []
  #baseConfiguration: Configuration
  /** Of those entries that are configurations. */
  #configurations: number[] = []

  constructor(genesis: Configuration) {
    this.#baseConfiguration = genesis
  }

  get lastIndex(): number {
    return this.baseIndex + this.entries.length
  }

  /** Of the latest entry that is one, committed or not. */
  get configuration(): Configuration {
    return this.configurationAt(Infinity)
  }

  get configurationIndex(): number {
    return this.#configurations.at(-1) ?? 0
  }

  configurationAt(index: number): Configuration {
    const at = this.#configurations.findLast((place) => place <= index)
    const entry = at === undefined ? undefined : this.at(at)
    return entry?.type === 'configuration' ? entry.configuration : this.#baseConfiguration
  }

  at(index: number): Entry | undefined {
    return this.entries[index - this.baseIndex - 1]
  }

  /** Undefined where it is not known: below the snapshot, or beyond the end. */
  termAt(index: number): number | undefined {
    return index === this.baseIndex ? this.baseTerm : this.at(index)?.term
  }

  write({ truncateFrom, entries = [] }: Write): void {
    if (truncateFrom !== undefined && truncateFrom <= this.lastIndex) {
      this.entries.length = Math.max(0, truncateFrom - this.baseIndex - 1)
      this.#configurations = this.#configurations.filter((index) => index < truncateFrom)
    }
    for (const entry of entries) this.#push(entry)
  }

  /** The snapshot stands in place of everything up to its index; what follows stays. */
  compact(snapshot: Snapshot): void {
    if (snapshot.index <= this.baseIndex) return
    this.entries = this.entries.slice(snapshot.index - this.baseIndex)
    this.baseIndex = snapshot.index
    this.baseTerm = snapshot.term
    this.#baseConfiguration = snapshot.configuration
    this.#configurations = this.#configurations.filter((index) => index > snapshot.index)
  }

  /** As it was found on disk. */
  load(snapshot: Snapshot | null, entries: readonly Entry[], genesis: Configuration): void {
    this.baseIndex = snapshot?.index ?? 0
    this.baseTerm = snapshot?.term ?? 0
    this.#baseConfiguration = snapshot?.configuration ?? genesis
    this.#configurations = []
    this.entries = []
    for (const entry of entries) this.#push(entry)
  }

  #push(entry: Entry): void {
    this.entries.push(entry)
    if (entry.type === 'configuration') this.#configurations.push(entry.index)
  }
}
