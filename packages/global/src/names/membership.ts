/**
 * Who is in a scope right now, as one node sees it: the nodes whose replica has said hello, and itself.
 */
import type { Ref } from '@agner/core'

export class Membership {
  readonly #self: string
  /** The monitor of each member's replica. */
  readonly #monitors = new Map<string, Ref>()

  constructor(self: string) {
    this.#self = self
  }

  has(node: string): boolean {
    return node === this.#self || this.#monitors.has(node)
  }

  add(node: string, monitor: Ref): void {
    this.#monitors.set(node, monitor)
  }

  /** The member whose monitor fired, now removed; undefined for a monitor of something else. */
  remove(monitor: Ref): string | undefined {
    for (const [node, ref] of this.#monitors) {
      if (ref !== monitor) continue
      this.#monitors.delete(node)
      return node
    }
    return undefined
  }

  others(): string[] {
    return [...this.#monitors.keys()]
  }

  /** All members in order, this node among them. */
  all(): string[] {
    return [this.#self, ...this.#monitors.keys()].sort()
  }

  /** The member that decides: the smallest by name. */
  get boss(): string {
    return this.all()[0]!
  }
}
