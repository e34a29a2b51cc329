/**
 * The log as this member has it in memory: the entries after a base, the newest snapshot, and the configurations that the entries brought.
 *
 *     snapshot ─────────────┐
 *     (base) │ kept tail … │ entries after the snapshot … │ last
 *
 * Some entries that the snapshot already stands for are kept, so that a member that is a little behind gets these instead of the snapshot.
 * What is on disk, and what is committed, is not known here.
 */
import { Electorate } from './electorate.ts'
import type { At, Configuration, Entry, MemberId, Snapshot } from './interface.ts'
import { weighEntry } from './weight.ts'

interface Era {
  /** The entry that brought it. */
  readonly index: number
  readonly electorate: Electorate
}

export class Log {
  /** The entry before the first that is here. */
  #base: At
  #entries: Entry[]
  /** About how many bytes each of them takes to send; 0 as long as nobody asked. */
  #weights: number[] = []
  #snapshot: Snapshot | null
  /** The first is what was in force at the base. */
  #eras: Era[]

  /** @param genesis in force before the first entry, where there is no snapshot. */
  constructor(genesis: Configuration, snapshot: Snapshot | null, entries: readonly Entry[]) {
    this.#snapshot = snapshot
    this.#base = snapshot === null ? { index: 0, term: 0 } : { index: snapshot.index, term: snapshot.term }
    this.#eras = [{ index: this.#base.index, electorate: new Electorate(snapshot?.configuration ?? genesis) }]
    this.#entries = []
    this.append(entries.filter((entry) => entry.index > this.#base.index))
  }

  get base(): At {
    return this.#base
  }

  get snapshot(): Snapshot | null {
    return this.#snapshot
  }

  get lastIndex(): number {
    return this.#base.index + this.#entries.length
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#base.term
  }

  get last(): At {
    return { index: this.lastIndex, term: this.lastTerm }
  }

  /** In force: that of the last entry that brought one. */
  get electorate(): Electorate {
    return this.#eras.at(-1)!.electorate
  }

  get configurationIndex(): number {
    return this.#eras.at(-1)!.index
  }

  /** What was in force before the last change; the same where none is known. */
  get previousElectorate(): Electorate {
    return (this.#eras.at(-2) ?? this.#eras.at(-1)!).electorate
  }

  electorateAt(index: number): Electorate {
    return (this.#eras.findLast((era) => era.index <= index) ?? this.#eras[0]!).electorate
  }

  /** Whether a configuration up to an index has a member, of those that are still known here. */
  hadMember(id: MemberId, index: number): boolean {
    return this.#eras.some((era) => era.index <= index && era.electorate.roleOf(id) !== null)
  }

  /** Undefined: not here, or not any more. */
  termAt(index: number): number | undefined {
    if (index === this.#base.index) return this.#base.term
    return this.#entries[index - this.#base.index - 1]?.term
  }

  /** Those from an index on, as many as there are. */
  from(index: number, count: number): readonly Entry[] {
    const start = index - this.#base.index - 1
    return this.#entries.slice(start, start + count)
  }

  /** Those from an index on that go in one message: up to so many, and up to about so many bytes, but always one if there is one. */
  batch(index: number, mostEntries: number, mostBytes: number): readonly Entry[] {
    const start = index - this.#base.index - 1
    const mostEnd = Math.min(this.#entries.length, start + mostEntries)
    let end = start
    for (let bytes = 0; end < mostEnd; end++) {
      bytes += this.#weights[end]! || this.#weigh(end, mostBytes)
      if (bytes > mostBytes && end > start) break
    }
    return this.#entries.slice(start, end)
  }

  #weigh(place: number, mostBytes: number): number {
    return (this.#weights[place] = weighEntry(this.#entries[place]!, mostBytes))
  }

  /** The last index up to `index` whose entry has at most this term, or one below the base if there is none. Terms never fall along a log. */
  lastWithin(index: number, term: number): number {
    let low = this.#base.index
    let high = Math.min(index, this.lastIndex)
    if (high < low || this.#base.term > term) return Math.min(high, low - 1)
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.termAt(middle)! <= term) low = middle
      else high = middle - 1
    }
    return low
  }

  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#entries.push(entry)
      this.#weights.push(0)
      if (entry.type === 'configuration') {
        this.#eras.push({ index: entry.index, electorate: new Electorate(entry.configuration) })
      }
    }
  }

  /** Configurations that go take their membership with them. */
  truncateFrom(index: number): void {
    this.#entries.length = Math.max(0, index - this.#base.index - 1)
    this.#weights.length = this.#entries.length
    while (this.#eras.length > 1 && this.#eras.at(-1)!.index >= index) this.#eras.pop()
  }

  /** A snapshot stands for everything up to its index, which is here; of that a tail is kept. */
  compact(snapshot: Snapshot, tail: number): void {
    this.#snapshot = snapshot
    const index = Math.max(this.#base.index, snapshot.index - tail)
    const term = this.termAt(index)!
    this.#entries = this.#entries.slice(index - this.#base.index)
    this.#weights = this.#weights.slice(index - this.#base.index)
    this.#base = { index, term }
    const first = this.#eras.findLastIndex((era) => era.index <= index)
    if (first > 0) this.#eras = this.#eras.slice(first)
  }

  /** A snapshot takes the place of all that is here. */
  replace(snapshot: Snapshot): void {
    this.#snapshot = snapshot
    this.#base = { index: snapshot.index, term: snapshot.term }
    this.#entries = []
    this.#weights = []
    this.#eras = [{ index: snapshot.index, electorate: new Electorate(snapshot.configuration) }]
  }
}
