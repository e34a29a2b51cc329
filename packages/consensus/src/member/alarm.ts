/**
 * The one timer of a process that waits for many things: wakes it by a message when the first of them is due, or earlier.
 *
 * A deadline that moves away, as that of an election does with each heartbeat, leaves the timer as it is: it rings once for nothing and is set anew.
 */
import type { AnyProcess, Ref } from '@agner/core'

/** A timer takes no more at once. */
const longestMs = 60_000

export class Alarm {
  readonly #self: AnyProcess
  readonly #type: string
  #timer: Ref | null = null
  #atMs = Infinity
  /** Counts those that were set: one that was cancelled too late is known by it. */
  #count = 0

  /** @param type of its message, `{ type, alarm }` */
  constructor(self: AnyProcess, type: string) {
    this.#self = self
    this.#type = type
  }

  set(deadlineMs: number): void {
    if (deadlineMs >= this.#atMs) return
    if (this.#timer !== null) this.#self.cancelTimer(this.#timer, { info: false })
    const delayMs = Math.min(Math.max(0, deadlineMs - this.#self.node.monotonicTimeMs()), longestMs)
    this.#atMs = deadlineMs
    this.#timer = this.#self.sendAfter(
      delayMs,
      this.#self.pid as never,
      { type: this.#type, alarm: ++this.#count } as never,
    )
  }

  /** Whether that is the one that was set last. */
  rang(alarm: number): boolean {
    if (alarm !== this.#count) return false
    this.#timer = null
    this.#atMs = Infinity
    return true
  }
}
