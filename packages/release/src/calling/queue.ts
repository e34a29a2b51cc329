/**
 * Calls of a client that wait: for the application to be found, or for a place. One that is over leaves from wherever it stands, so nothing is kept for a
 * caller who is gone; each step costs the same however many wait.
 */
import type { Operation } from './operation.ts'

export class Queue {
  #first: Operation | null = null
  #last: Operation | null = null
  #size = 0

  get size(): number {
    return this.#size
  }

  add(operation: Operation): void {
    this.#stand(operation, this.#last, null)
  }

  /** It had its turn before. */
  addFirst(operation: Operation): void {
    this.#stand(operation, null, this.#first)
  }

  /** @returns whose turn it is, and takes it out. */
  take(): Operation | null {
    const operation = this.#first
    if (operation !== null) this.leave(operation)
    return operation
  }

  leave(operation: Operation): void {
    const { before, after } = operation
    if (!operation.isQueued) return
    if (before === null) this.#first = after
    else before.after = after
    if (after === null) this.#last = before
    else after.before = before
    operation.isQueued = false
    operation.before = operation.after = null
    this.#size--
  }

  #stand(operation: Operation, before: Operation | null, after: Operation | null): void {
    if (operation.isQueued) return
    operation.isQueued = true
    operation.before = before
    operation.after = after
    if (before === null) this.#first = operation
    else before.after = operation
    if (after === null) this.#last = operation
    else after.before = operation
    this.#size++
  }
}
