/**
 * The children of one static supervisor, in start order, found by id and by pid in one step each.
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

interface Entry extends Child {
  spec: FullSpec
  pid: AnyPid | null
  restarting: boolean
}

/** Changes in place: a copy for each restart of one among 100,000 would be felt. */
export class Children {
  #byId = new Map<string, Entry>()
  readonly #byPid = new Map<AnyPid, Entry>()
  #significant = 0

  get size(): number {
    return this.#byId.size
  }

  /** How many have a process. */
  get running(): number {
    return this.#byPid.size
  }

  /** How many significant ones run, or will again: a restart that is tried once more is not its end. */
  get significantRunning(): number {
    return this.#significant
  }

  get(id: string): Child | undefined {
    return this.#byId.get(id)
  }

  at(pid: AnyPid): Child | undefined {
    return this.#byPid.get(pid)
  }

  /** Adds a child at the end, or says what stands for a known one now; its place stays. */
  set(spec: FullSpec, pid: AnyPid | null, restarting = false): void {
    const known = this.#byId.get(spec.id)
    if (known === undefined) {
      const child = { spec, pid, restarting }
      this.#byId.set(spec.id, child)
      this.#runs(child)
      return
    }
    this.#rests(known)
    known.spec = spec
    known.pid = pid
    known.restarting = restarting
    this.#runs(known)
  }

  delete(id: string): void {
    const child = this.#byId.get(id)
    if (child === undefined) return
    this.#rests(child)
    this.#byId.delete(id)
  }

  /** In start order. */
  list(): Child[] {
    return [...this.#byId.values()]
  }

  /** Other specifications, in their order, for the children that are there; whoever is not named stays, at the end. */
  replaceSpecs(specs: readonly FullSpec[]): void {
    const before = this.#byId
    this.#byId = new Map()
    for (const spec of specs) {
      const known = before.get(spec.id)
      before.delete(spec.id)
      if (known !== undefined) this.#rests(known)
      const child: Entry = { spec, pid: known?.pid ?? null, restarting: known?.restarting === true }
      this.#byId.set(spec.id, child)
      this.#runs(child)
    }
    for (const [id, child] of before) this.#byId.set(id, child)
  }

  #runs(child: Entry): void {
    if (child.pid !== null) this.#byPid.set(child.pid, child)
    if (isAwaited(child)) this.#significant++
  }

  #rests(child: Entry): void {
    if (child.pid !== null) this.#byPid.delete(child.pid)
    if (isAwaited(child)) this.#significant--
  }
}

/** Its end is still to come, and matters. */
function isAwaited({ spec, pid, restarting }: Child): boolean {
  return spec.significant && (pid !== null || restarting)
}
