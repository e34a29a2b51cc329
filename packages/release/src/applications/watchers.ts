/**
 * The processes that are sent what changes.
 *
 *     watch(p), the node's code: p has a seat at once, so that a limit is an error there   ── on ──►  keeper: follows it, and tells it how things stand
 *     watch(p, false):           its seat is free at once, and it is told no more          ── off ──► keeper: does not follow it any more
 *
 * So what was said last counts: each time that a process begins to watch it has another seat, and what the keeper hears of an earlier one does nothing to it.
 */
import type { AnyPid, AnyProcess, Ref } from '@agner/core'
import { releaseError } from '../errors.ts'
import type { ApplicationChange } from './interface.ts'

interface Seat {
  /** Null: the keeper has not met it yet. */
  monitor: Ref | null
}

export class Watchers {
  readonly #limit: number
  readonly #seats = new Map<AnyPid, Seat>()
  /** Of seats that are free again, until the keeper hears of that. */
  readonly #leftOver = new Map<AnyPid, Ref>()
  /** What was told last of each application. */
  readonly #told = new Map<string, string>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** @throws `release.too_many_watchers` */
  announce(pid: AnyPid): void {
    if (this.#seats.has(pid)) return
    if (this.#seats.size >= this.#limit) throw releaseError('release.too_many_watchers', { limit: this.#limit })
    this.#seats.set(pid, { monitor: null })
  }

  renounce(pid: AnyPid): void {
    const monitor = this.#seats.get(pid)?.monitor ?? null
    if (monitor !== null) this.#leftOver.set(pid, monitor)
    this.#seats.delete(pid)
  }

  /** Tells it how things stand, and from now on what changes. Nothing is told to a process that nobody has announced. */
  follow(self: AnyProcess, pid: AnyPid, changes: readonly ApplicationChange[]): void {
    const seat = this.#seats.get(pid)
    if (seat === undefined || seat.monitor !== null) return
    // What it hears now counts as told: whoever watches already has heard it, or hears it now.
    for (const change of changes) this.tell(self, change)
    seat.monitor = self.monitor(pid)
    for (const change of changes) self.trySend(pid as never, change as never, { connect: false })
  }

  leave(self: AnyProcess, pid: AnyPid): void {
    const monitor = this.#leftOver.get(pid)
    this.#leftOver.delete(pid)
    if (monitor !== undefined) self.demonitor(monitor, { flush: true })
  }

  /** It has ended. */
  down(pid: AnyPid, monitor: Ref): void {
    if (this.#seats.get(pid)?.monitor === monitor) this.#seats.delete(pid)
  }

  /** Nothing is said twice. */
  tell(self: AnyProcess, change: ApplicationChange): void {
    const known = JSON.stringify(change)
    if (this.#told.get(change.application) === known) return
    this.#told.set(change.application, known)
    for (const [pid, { monitor }] of this.#seats)
      if (monitor !== null) self.trySend(pid as never, change as never, { connect: false })
  }
}
