/**
 * Names of groups that this node has promised to keep for somebody who is founding one, or growing one: it is in one group of a name at most.
 */
import type { Node } from '@agner/core'

interface Reservation {
  readonly id: string
  /** The node that asked. */
  readonly by: string
  readonly untilMs: number
}

export class Reservations {
  readonly #node: Node
  readonly #keepMs: number
  readonly #byName = new Map<string, Reservation>()

  constructor(node: Node, keepMs: number) {
    this.#node = node
    this.#keepMs = keepMs
  }

  get size(): number {
    return this.#byName.size
  }

  /** False if the name is promised to another group. */
  take(name: string, id: string, by: string): boolean {
    const known = this.#byName.get(name)
    if (known !== undefined && known.id !== id && !this.#isOver(known)) return false
    this.#byName.set(name, { id, by, untilMs: this.#node.monotonicTimeMs() + this.#keepMs })
    return true
  }

  has(name: string): boolean {
    const known = this.#byName.get(name)
    return known !== undefined && !this.#isOver(known)
  }

  release(name: string, id: string): void {
    if (this.#byName.get(name)?.id === id) this.#byName.delete(name)
  }

  /** Who asked for one, and may still come back to it. */
  askers(): string[] {
    return [...this.#byName.values()].map(({ by }) => by)
  }

  lost(node: string): void {
    for (const [name, { by }] of this.#byName) if (by === node) this.#byName.delete(name)
  }

  tend(): void {
    for (const [name, reservation] of this.#byName) if (this.#isOver(reservation)) this.#byName.delete(name)
  }

  #isOver({ untilMs }: Reservation): boolean {
    return this.#node.monotonicTimeMs() >= untilMs
  }
}
