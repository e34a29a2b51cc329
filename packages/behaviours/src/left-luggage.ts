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
  readonly #counters = new WeakMap<Node, Map<number, T>>()
  #tickets = 0

  leave(node: Node, value: T): number {
    const counter = this.#counters.get(node) ?? new Map<number, T>()
    this.#counters.set(node, counter)
    counter.set(++this.#tickets, value)
    return this.#tickets
  }

  take(node: Node, ticket: number): T | undefined {
    const counter = this.#counters.get(node)
    const value = counter?.get(ticket)
    counter?.delete(ticket)
    return value
  }
}
