/**
 * simple_one_for_one: any number of children of one kind, known by their pids, each restarted alone with the argument
 * that it was started with. They do not know each other, so they are all told to end at the same time.
 *
 *     exit of a child ─┬─ not to be restarted: forgotten        nothing is kept that only an id could name
 *                      └─ started again ─┬─ runs: known by its new pid
 *                                        └─ failed: known by its old pid, `restarting`, until it runs or is terminated
 *
 * A pure table: who is there, under which pid, and in which state.
 */
import type { AnyPid } from '@agner/core'
import type { FullManners } from '../child-spec.ts'

export interface SimpleChild<Spec extends FullManners> {
  readonly spec: Spec
  /** What it was started with. */
  readonly arg: unknown
  /** Its restart failed and will be tried again; its pid is that of the process that ended. */
  readonly restarting: boolean
}

/** Changes in place: a copy for each start of one among 100,000 would be felt. */
export class SimpleChildren<Spec extends FullManners> {
  readonly #byPid = new Map<AnyPid, SimpleChild<Spec>>()
  #restarting = 0
  #significant = 0

  get size(): number {
    return this.#byPid.size
  }

  get running(): number {
    return this.#byPid.size - this.#restarting
  }

  /** How many significant ones run, or will again: a restart that is tried once more is not its end. */
  get significantRunning(): number {
    return this.#significant
  }

  get(pid: AnyPid): SimpleChild<Spec> | undefined {
    return this.#byPid.get(pid)
  }

  set(pid: AnyPid, spec: Spec, arg: unknown, restarting = false): void {
    this.delete(pid)
    this.#byPid.set(pid, { spec, arg, restarting })
    if (restarting) this.#restarting++
    if (spec.significant) this.#significant++
  }

  delete(pid: AnyPid): void {
    const child = this.#byPid.get(pid)
    if (child === undefined) return
    this.#byPid.delete(pid)
    if (child.restarting) this.#restarting--
    if (child.spec.significant) this.#significant--
  }

  clear(): void {
    this.#byPid.clear()
    this.#restarting = 0
    this.#significant = 0
  }

  /** In the order of their starts. */
  *list(): Generator<SimpleChild<Spec> & { readonly pid: AnyPid }> {
    for (const [pid, child] of this.#byPid) yield { pid, ...child }
  }
}
