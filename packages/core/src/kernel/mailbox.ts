/**
 * Inbox and mailbox of one process.
 *
 * The inbox holds what has arrived and not been handled: signals and messages in one order. Handling moves a message to the
 * mailbox, unless the process takes it at once. One inline slot serves the common case of one item; a ring is made only when
 * there are more, and the mailbox only when a message has to wait.
 */
import { Ring } from './ring.ts'

/** Stands for "nothing here": undefined cannot, since handlers may return it. */
export const nothing: unique symbol = Symbol('nothing')

export class Inbox {
  #slot: unknown = nothing
  #ring: Ring<unknown> | null = null

  get size(): number {
    return (this.#slot === nothing ? 0 : 1) + (this.#ring === null ? 0 : this.#ring.size)
  }

  push(item: unknown): void {
    if (this.#slot === nothing && (this.#ring === null || this.#ring.size === 0)) this.#slot = item
    else (this.#ring ??= new Ring()).push(item)
  }

  /** The oldest item, or {@link nothing}. The slot is always older than the ring. */
  shift(): unknown {
    const item = this.#slot
    if (item !== nothing) {
      this.#slot = nothing
      return item
    }
    if (this.#ring === null || this.#ring.size === 0) return nothing
    return this.#ring.shift()
  }

  some(test: (item: unknown) => boolean): boolean {
    if (this.#slot !== nothing && test(this.#slot)) return true
    const ring = this.#ring
    if (ring === null) return false
    for (let position = ring.start; position < ring.end; position++) if (test(ring.at(position))) return true
    return false
  }

  clear(): void {
    this.#slot = nothing
    this.#ring = null
  }
}
