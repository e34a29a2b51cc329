/**
 * Values that a message cannot carry, for a process of the same node.
 *
 *     client ── leave(node, spec) ─► ticket ── { ticket } ──► server ── take(node, ticket) ─► spec
 *
 * Specifications hold functions, and functions are not sent. They stay at a counter of their node, and their ticket
 * travels. Who left something takes it away again when its call is over, whatever came of it.
 */
import type { Node } from '@agner/core'

export class LeftLuggage<T> {
  readonly #left = new Map<number, { readonly node: Node; readonly value: T }>()
  #tickets = 0

  leave(node: Node, value: T): number {
    this.#left.set(++this.#tickets, { node, value })
    return this.#tickets
  }

  /** Undefined for a ticket of another node, or of what was taken already. */
  take(node: Node, ticket: number): T | undefined {
    const left = this.#left.get(ticket)
    if (left === undefined || left.node !== node) return undefined
    this.#left.delete(ticket)
    return left.value
  }
}
