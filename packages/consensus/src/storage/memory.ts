/**
 * Storage that lasts as long as the object: for groups whose members are members anew after each start, and for tests.
 *
 * It resolves at once, unless a test holds its syncs back with `hold`; `crash` then loses what was not synced, as a machine does that loses power.
 */
import type { Ballot, Entry, Snapshot, Write } from '../raft/interface.ts'
import type { Storage, Stored } from './storage.ts'

type Written = Omit<Write, 'id'>
type Order = { readonly write: Written } | { readonly snapshot: Snapshot }

interface Waiting {
  readonly order: Order
  readonly resolve: () => void
}

export class MemoryStorage implements Storage {
  #ballot: Ballot = { term: 0, votedFor: null }
  #snapshot: Snapshot | null = null
  #entries: Entry[] = []
  #isNew = true
  #isHeld = false
  #waiting: Waiting[] = []

  load(): Promise<Stored | null> {
    return Promise.resolve(this.stored)
  }

  /** What is on this disk now: what a member would begin with after a crash. */
  get stored(): Stored | null {
    if (this.#isNew) return null
    return { ballot: this.#ballot, snapshot: this.#snapshot, entries: this.#entries.slice() }
  }

  write(write: Written): Promise<void> {
    return this.#order({ write })
  }

  save(snapshot: Snapshot): Promise<void> {
    return this.#order({ snapshot })
  }

  close(): Promise<void> {
    this.sync()
    return Promise.resolve()
  }

  /** From now on nothing is synced but by `sync`. */
  hold(): void {
    this.#isHeld = true
  }

  /** Syncs what waits, in order: all, or the first so many. */
  sync(count: number = this.#waiting.length): void {
    for (const { order, resolve } of this.#waiting.splice(0, count)) {
      this.#keep(order)
      resolve()
    }
  }

  /** Loses what was not synced; those writes never resolve. It is held no more. */
  crash(): void {
    this.#waiting = []
    this.#isHeld = false
  }

  #order(order: Order): Promise<void> {
    if (!this.#isHeld) {
      this.#keep(order)
      return Promise.resolve()
    }
    return new Promise((resolve) => this.#waiting.push({ order, resolve }))
  }

  #keep(order: Order): void {
    this.#isNew = false
    if ('snapshot' in order) this.#stand(order.snapshot)
    else this.#write(order.write)
  }

  #write({ ballot, truncateFrom, entries = [] }: Written): void {
    if (ballot !== undefined) this.#ballot = ballot
    const base = this.#snapshot?.index ?? 0
    if (truncateFrom !== undefined)
      this.#entries.length = Math.min(this.#entries.length, Math.max(0, truncateFrom - base - 1))
    for (const entry of entries) if (entry.index > base) this.#entries.push(entry)
  }

  #stand(snapshot: Snapshot): void {
    const base = this.#snapshot?.index ?? 0
    if (snapshot.index < base) return
    this.#entries.splice(0, snapshot.index - base)
    this.#snapshot = snapshot
  }
}
