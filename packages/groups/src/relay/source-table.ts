/**
 * The destinations of a node, by key: shared between those who send and the relay's process.
 */
import type { Node } from '@agner/core'
import { keyOf, plain, type Target } from './address.ts'
import type { RelayCounters, RelayLimits } from './limits.ts'
import { Source } from './source.ts'

export class SourceTable {
  readonly #limits: RelayLimits
  readonly #all = new Map<string, Source>()
  /** Those who wait for a free place. */
  readonly #waiters: (() => void)[] = []
  readonly #epochs: Epochs

  constructor(node: Node, limits: RelayLimits) {
    this.#limits = limits
    this.#epochs = epochsOf(node)
  }

  /** Grows over all circuits of this node, whichever process opened them: an end takes none that is older than what it has seen. */
  nextEpoch(): number {
    return ++this.#epochs.last
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

  /**
   * The destination; one that is new is not kept before something goes there. Undefined when there are as many as may be.
   *
   * @throws `groups.bad_address`
   */
  find(to: Target, nowMs: number): Source | undefined {
    const key = keyOf(to)
    const known = this.#all.get(key)
    if (known !== undefined) return known
    return this.#all.size >= this.#limits.destinations ? undefined : new Source(key, plain(to), nowMs)
  }

  keep(source: Source, nowMs: number): void {
    source.usedMs = nowMs
    this.#all.set(source.key, source)
  }

  /** Resolves once what was refused to that destination would be taken, as far as is known. @throws `groups.bad_address` */
  room(to: Target): Promise<void> {
    const known = this.#all.get(keyOf(to))
    if (known !== undefined) return known.room(this.#limits)
    if (this.#all.size < this.#limits.destinations) return Promise.resolve()
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  /** Their process has failed, and with it all circuits, and what it was handed. Those who watch and those who asked have heard of it by themselves. */
  reset(counters: RelayCounters): void {
    for (const source of this.#all.values()) {
      counters.unsent += source.heldMessages
      counters.inDoubt += source.circuit?.flightMessages ?? 0
    }
    this.endWaiting()
    this.#all.clear()
    this.#tellRoom()
  }

  /** Whoever waits for room tries anew, and hears what there is to hear. */
  endWaiting(): void {
    for (const source of this.#all.values()) source.end()
    this.#tellRoom()
  }

  #tellRoom(): void {
    for (const resolve of this.#waiters.splice(0)) resolve()
  }

  /** Forgets a destination, unless something is on its way to it, or somebody watches it. */
  remove(source: Source): void {
    if (source.heldMessages > 0 || source.watcher !== null || source.circuit !== null) return
    if (this.#all.get(source.key) === source) this.#all.delete(source.key)
    source.end()
    this.#tellRoom()
  }
}

interface Epochs {
  last: number
}

/** Kept with the node: groups that are stopped and started again are in the same life of it, and the far ends remember. */
const epochs = new WeakMap<Node, Epochs>()

function epochsOf(node: Node): Epochs {
  const known = epochs.get(node) ?? { last: 0 }
  epochs.set(node, known)
  return known
}
