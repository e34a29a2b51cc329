/**
 * The disk of one member: what is written is synced in order, what waits meanwhile goes out together with the next sync, and a crash keeps any beginning
 * of what was not synced: some of the writes, and of the next one any beginning of what it says.
 */
import type { Ballot, Entry, Snapshot, Write } from '../../../src/raft/interface.ts'
import type { Stored } from '../../../src/storage/storage.ts'
import { Violation } from '../watch/violation.ts'
import type { Agenda } from './agenda.ts'
import type { Dice } from './dice.ts'

type Order =
  | { readonly type: 'write'; readonly write: Write; readonly done: () => void }
  | { readonly type: 'save'; readonly snapshot: Snapshot; readonly done: () => void }

export class Disk {
  readonly #owner: string
  readonly #agenda: Agenda
  readonly #dice: Dice
  /** In order: the first `#syncing` of them are being synced. */
  #orders: Order[] = []
  #syncing = 0
  /** Counts the crashes. */
  #life = 0
  slowestSyncMs = 1

  /** What survives, whatever happens. */
  ballot: Ballot | null = null
  snapshot: Snapshot | null = null
  entries: Entry[] = []

  constructor(owner: string, agenda: Agenda, dice: Dice) {
    this.#owner = owner
    this.#agenda = agenda
    this.#dice = dice
  }

  get lastIndex(): number {
    return this.#base + this.entries.length
  }

  get #base(): number {
    return this.snapshot?.index ?? 0
  }

  /** The entry, unless it is in the snapshot or beyond the end. */
  entryAt(index: number): Entry | undefined {
    return this.entries[index - this.#base - 1]
  }

  write(write: Write, done: () => void): void {
    this.#orders.push({ type: 'write', write, done })
    this.#sync()
  }

  save(snapshot: Snapshot, done: () => void): void {
    this.#orders.push({ type: 'save', snapshot, done })
    this.#sync()
  }

  crash(): void {
    const kept = this.#dice.below(this.#orders.length + 1)
    for (const order of this.#orders.slice(0, kept)) this.#keep(order)
    const torn = this.#orders[kept]
    if (torn?.type === 'write') this.#keepBeginning(torn.write)
    this.#orders = []
    this.#syncing = 0
    this.#life++
  }

  /** Null if nothing was ever written. */
  load(): Stored | null {
    if (this.ballot === null && this.snapshot === null && this.entries.length === 0) return null
    return {
      ballot: this.ballot ?? { term: 0, votedFor: null },
      snapshot: this.snapshot,
      entries: [...this.entries],
    }
  }

  #sync(): void {
    if (this.#syncing > 0 || this.#orders.length === 0) return
    this.#syncing = this.#orders.length
    const life = this.#life
    this.#agenda.after(this.#dice.between(0.05, this.slowestSyncMs), () => {
      if (life === this.#life) this.#synced()
    })
  }

  #synced(): void {
    const done = this.#orders.splice(0, this.#syncing)
    this.#syncing = 0
    for (const order of done) this.#keep(order)
    this.#sync()
    for (const order of done) order.done()
  }

  #keep(order: Order): void {
    if (order.type === 'save') return this.#keepSnapshot(order.snapshot)
    const { ballot, truncateFrom, entries = [] } = order.write
    if (ballot !== undefined) this.#keepBallot(ballot)
    if (truncateFrom !== undefined) this.#truncate(truncateFrom)
    for (const entry of entries) this.#append(entry)
  }

  #keepBeginning({ ballot, truncateFrom, entries = [] }: Write): void {
    const parts: (() => void)[] = []
    if (ballot !== undefined) parts.push(() => this.#keepBallot(ballot))
    if (truncateFrom !== undefined) parts.push(() => this.#truncate(truncateFrom))
    for (const entry of entries) parts.push(() => this.#append(entry))
    for (const part of parts.slice(0, this.#dice.below(parts.length + 1))) part()
  }

  #keepBallot(ballot: Ballot): void {
    const before = this.ballot
    if (before !== null && ballot.term < before.term) {
      throw new Violation('ballot', `${this.#owner} writes term ${ballot.term} after ${before.term}`)
    }
    const isOtherVote = before?.votedFor != null && before.term === ballot.term && ballot.votedFor !== before.votedFor
    if (isOtherVote) {
      throw new Violation('ballot', `${this.#owner} writes another vote in term ${ballot.term}`)
    }
    this.ballot = ballot
  }

  #keepSnapshot(snapshot: Snapshot): void {
    if (snapshot.index <= this.#base) return
    this.entries = this.entries.slice(snapshot.index - this.#base)
    this.snapshot = snapshot
  }

  #truncate(from: number): void {
    if (from <= this.#base) throw new Violation('storage', `${this.#owner} truncates from ${from}, in its snapshot`)
    if (from <= this.lastIndex) this.entries.length = from - this.#base - 1
  }

  #append(entry: Entry): void {
    if (entry.index !== this.lastIndex + 1) {
      throw new Violation('storage', `${this.#owner} writes entry ${entry.index} after ${this.lastIndex}`)
    }
    this.entries.push(entry)
  }
}
