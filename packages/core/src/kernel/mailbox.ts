/**
 * What waits at one process.
 *
 * The inbox holds what has arrived and not been handled: signals and messages in one order. Handling moves a message to the
 * mailbox, unless the process takes it at once. One inline slot serves the common case of one item; a ring is made only when
 * there are more, and the mailbox only when a message has to wait. It is the lowest part of a process's record and no object of its own: at a
 * million processes each object on the way of a message is a cache miss.
 */
import { Flags } from './flags.ts'
import { Ring } from './ring.ts'
import { tallyOf } from './ring-tally.ts'

/** Stands for "nothing here": undefined cannot, since handlers may return it. */
export const nothing: unique symbol = Symbol('nothing')

export class Mailbox extends Flags {
  /** How many items have arrived and are not handled. */
  arrived = 0
  /** What was done in it: turns, and what was handled at them. A small integer, that wraps: {@link ProcessRecord.spend}. */
  reductions = 0
  /** Always older than what is in the ring. */
  private oldest: unknown = nothing
  private younger: Ring<unknown> | null = null
  /** Messages that were handled and not received yet, in order of arrival. */
  saved: Ring<unknown> | null = null

  /** What waits: messages, handled or not, and signals that were not handled. */
  get mailboxLength(): number {
    return this.arrived + (this.saved === null ? 0 : this.saved.size)
  }

  arrive(item: unknown): void {
    if (this.arrived++ === 0) this.oldest = item
    else (this.younger ??= new Ring()).push(item)
  }

  /** Takes the oldest item; call it only while something has arrived. */
  takeArrived(): unknown {
    this.arrived--
    const item = this.oldest
    if (item === nothing) return this.younger!.shift()
    this.oldest = nothing
    return item
  }

  hasArrived(test: (item: unknown) => boolean): boolean {
    if (this.oldest !== nothing && test(this.oldest)) return true
    const ring = this.younger
    if (ring === null) return false
    for (let position = ring.start; position < ring.end; position++) if (test(ring.at(position))) return true
    return false
  }

  /**
   * How many of what has arrived pass a test. Each item of a long inbox is looked at once, however often this is asked: always of the same test, which
   * says the same of an item each time.
   */
  countArrived<R>(test: (item: unknown, receiver: R) => boolean, receiver: R): number {
    const count = this.oldest !== nothing && test(this.oldest, receiver) ? 1 : 0
    return this.younger === null ? count : count + tallyOf(this.younger).count(test, receiver)
  }

  /** Puts items in front of all that has arrived. */
  putBack(items: readonly unknown[]): void {
    const later: unknown[] = []
    while (this.arrived > 0) later.push(this.takeArrived())
    for (const item of items) this.arrive(item)
    for (const item of later) this.arrive(item)
  }

  /** Gives back the memory of queues that are empty. */
  shrink(): void {
    if (this.arrived === 0) this.younger = null
    // Not dropped: its positions go on, and refs know some of them.
    if (this.saved !== null && this.saved.size === 0) this.saved.clear()
  }

  save(message: unknown): void {
    ;(this.saved ??= new Ring()).push(message)
  }
}
