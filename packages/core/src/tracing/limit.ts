/**
 * How much a trace may tell before it ends by itself: so many events in all, or so many within a time (recon_trace).
 *
 * A trace is for looking into a system that works. One that was aimed too wide must not be what brings it down.
 */

/** A trace that would tell more than `events` within `perMs` milliseconds ends instead. */
export interface TraceRate {
  readonly events: number
  readonly perMs: number
}

export class Allowance {
  readonly #limit: number | TraceRate
  #used = 0
  #windowStartMs = -Infinity

  constructor(limit: number | TraceRate) {
    this.#limit = limit
  }

  /** Nothing more may be told. */
  get isSpent(): boolean {
    return typeof this.#limit === 'number' && this.#used >= this.#limit
  }

  /** @returns whether one more may be told now. */
  take(nowMs: number): boolean {
    const limit = this.#limit
    if (typeof limit !== 'number' && nowMs - this.#windowStartMs >= limit.perMs) {
      this.#windowStartMs = nowMs
      this.#used = 0
    }
    if (this.#used >= (typeof limit === 'number' ? limit : limit.events)) return false
    this.#used++
    return true
  }
}
