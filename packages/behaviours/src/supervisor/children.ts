/**
 * The children of one supervisor, in start order, found by id and by pid in one step each.
 *
 * A child is its specification and what stands for it now: a pid, nothing, or a restart that is being tried. An exit
 * signal from a pid that is not here is of an earlier incarnation and means nothing any more: that is how the deaths of
 * siblings that a supervisor stopped on purpose are told from new ones.
 */
import type { AnyPid } from '@agner/core'
import type { FullSpec } from './child-spec.ts'

export interface Child {
  readonly spec: FullSpec
  readonly pid: AnyPid | null
  /** Its restart failed and will be tried again. */
  readonly restarting: boolean
}

export class Children {
  readonly #byId = new Map<string, Child>()
  readonly #byPid = new Map<AnyPid, string>()

  get(id: string): Child | undefined {
    return this.#byId.get(id)
  }

  at(pid: AnyPid): Child | undefined {
    const id = this.#byPid.get(pid)
    return id === undefined ? undefined : this.#byId.get(id)
  }

  /** Adds a child at the end, or says what stands for a known one now; its place stays. */
  set(spec: FullSpec, pid: AnyPid | null, restarting = false): void {
    const before = this.#byId.get(spec.id)?.pid
    if (before !== null && before !== undefined) this.#byPid.delete(before)
    this.#byId.set(spec.id, { spec, pid, restarting })
    if (pid !== null) this.#byPid.set(pid, spec.id)
  }

  delete(id: string): void {
    const pid = this.#byId.get(id)?.pid
    if (pid !== null && pid !== undefined) this.#byPid.delete(pid)
    this.#byId.delete(id)
  }

  /** In start order. */
  list(): Child[] {
    return [...this.#byId.values()]
  }
}
