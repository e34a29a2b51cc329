/**
 * Who is in a scope right now, as one node sees it: the nodes whose replica has said hello, and itself.
 */
import type { Ref } from '@agner/core'

export class Membership {
  readonly #self: string
  /** The monitor of each member's replica. */
  readonly #monitors = new Map<string, Ref>()
  /** Members that have answered our hello: they count us as a member, too. */
  readonly #mutual = new Set<string>()
  readonly #watchers = new Set<() => void>()

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
      this.#mutual.delete(node)
      for (const watcher of this.#watchers) watcher()
      return node
    }
    return undefined
  }

  /** The member has answered our hello. */
  confirm(node: string): void {
    this.#mutual.add(node)
    for (const watcher of this.#watchers) watcher()
  }

  /** Both sides count each other as members: names that one of them gives are told to the other. */
  isMutual(node: string): boolean {
    return node === this.#self || this.#mutual.has(node)
  }

  /** Calls back whenever a member has come, confirmed or gone. */
  onChange(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
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
