/**
 * The destinations of a node, by key: shared between those who send and the relay's process.
 */
import { keyOf, plain, type Target } from './address.ts'
import type { RelayCounters, RelayLimits } from './limits.ts'
import { Source } from './source.ts'

export class SourceTable {
  readonly #limits: RelayLimits
  readonly #all = new Map<string, Source>()
  /** Of all circuits of this node, whichever process opened them: an end takes none that is older than what it has seen. */
  epoch = 0

  constructor(limits: RelayLimits) {
    this.#limits = limits
  }

  get(key: string): Source | undefined {
    return this.#all.get(key)
  }

  all(): Iterable<Source> {
    return this.#all.values()
  }

  get size(): number {
    return this.#all.size
  }

  /** The destination, made if it is new; undefined when there are as many as may be. @throws `groups.bad_address` */
  ensure(to: Target, nowMs: number): Source | undefined {
    const key = keyOf(to)
    const known = this.#all.get(key)
    if (known !== undefined) return known
    if (this.#all.size >= this.#limits.destinations) return undefined
    const source = new Source(key, plain(to), nowMs)
    this.#all.set(key, source)
    return source
  }

  /** Their process has failed, and with it all circuits, and what it was handed. Those who watch and those who asked have heard of it by themselves. */
  reset(counters: RelayCounters): void {
    for (const source of this.#all.values()) {
      counters.unsent += source.heldMessages
      counters.inDoubt += source.circuit?.flightMessages ?? 0
      source.end()
    }
    this.#all.clear()
  }

  /** Forgets a destination, unless something is on its way to it, or somebody watches it. */
  remove(source: Source): void {
    if (source.heldMessages === 0 && source.watcher === null && source.circuit === null) this.#all.delete(source.key)
  }
}
