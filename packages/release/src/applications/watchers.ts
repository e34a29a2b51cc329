/**
 * The processes that are sent what changes. They are added by the node's own code at once, so that a limit is an error there; the keeper follows them.
 */
import type { AnyPid, AnyProcess, Ref } from '@agner/core'
import { releaseError } from '../errors.ts'
import type { ApplicationChange } from './interface.ts'

export class Watchers {
  readonly #limit: number
  /** Null: the keeper has not met it yet. */
  readonly #monitors = new Map<AnyPid, Ref | null>()
  /** What was told last of each application. */
  readonly #told = new Map<string, string>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** @throws `release.too_many_watchers` */
  announce(pid: AnyPid): void {
    if (this.#monitors.has(pid)) return
    if (this.#monitors.size >= this.#limit) throw releaseError('release.too_many_watchers', { limit: this.#limit })
    this.#monitors.set(pid, null)
  }

  /** Tells it how things stand, and from now on what changes. */
  add(self: AnyProcess, pid: AnyPid, changes: readonly ApplicationChange[]): void {
    if (this.#monitors.get(pid) !== null) return
    this.#monitors.set(pid, self.monitor(pid))
    for (const change of changes) self.trySend(pid as never, change as never, { connect: false })
  }

  remove(self: AnyProcess, pid: AnyPid): void {
    const monitor = this.#monitors.get(pid) ?? null
    if (monitor !== null) self.demonitor(monitor, { flush: true })
    this.#monitors.delete(pid)
  }

  /** Nothing is said twice. */
  tell(self: AnyProcess, change: ApplicationChange): void {
    const known = JSON.stringify(change)
    if (this.#told.get(change.application) === known) return
    this.#told.set(change.application, known)
    for (const [pid, monitor] of this.#monitors)
      if (monitor !== null) self.trySend(pid as never, change as never, { connect: false })
  }
}
