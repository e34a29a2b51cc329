/**
 * The processes of one node in one group: each as often as it has joined.
 */
import type { AnyPid } from '@agner/core'

export class Bag {
  readonly #counts = new Map<AnyPid, number>()
  #size = 0
  #list: readonly AnyPid[] | null = null

  /** Memberships: a process that has joined twice counts as two. */
  get size(): number {
    return this.#size
  }

  get processCount(): number {
    return this.#counts.size
  }

  has(pid: AnyPid): boolean {
    return this.#counts.has(pid)
  }

  add(pid: AnyPid): void {
    this.#counts.set(pid, (this.#counts.get(pid) ?? 0) + 1)
    this.#size++
    this.#list = null
  }

  /** One membership of the process. False if it has none. */
  remove(pid: AnyPid): boolean {
    const count = this.#counts.get(pid)
    if (count === undefined) return false
    if (count === 1) this.#counts.delete(pid)
    else this.#counts.set(pid, count - 1)
    this.#size--
    this.#list = null
    return true
  }

  /** Each process once. */
  processes(): IterableIterator<AnyPid> {
    return this.#counts.keys()
  }

  /** Each process as often as it has joined. Made anew after a change, and else the same array. */
  list(): readonly AnyPid[] {
    if (this.#list !== null) return this.#list
    const list: AnyPid[] = []
    for (const [pid, count] of this.#counts) for (let i = 0; i < count; i++) list.push(pid)
    return (this.#list = Object.freeze(list))
  }
}
