/**
 * Restart intensity: how often a supervisor restarts before it gives up.
 *
 * A sliding window over the whole supervisor, not per child: the restart that makes more than `intensity` of them
 * within `periodMs` is the one too many. A restart exactly `periodMs` ago still counts. OTP's clock has the grain of a
 * second here; this one has that of the node's.
 *
 *     ───┬────────┬──┬─────────────┬──► time          intensity 2: the third within the period ends the supervisor
 *        forgotten └─── periodMs ──┘
 */
export interface Intensity {
  readonly intensity: number
  readonly periodMs: number
}

/** The restarts in the window. Each is noted and forgotten once, so counting one costs the same however many there are. */
export class RestartWindow {
  #times: number[] = []
  #first = 0

  /** How many the window holds. */
  get size(): number {
    return this.#times.length - this.#first
  }

  /** Counts a restart at `nowMs` of a monotonic clock; whether it is the one too many. */
  count(nowMs: number, { intensity, periodMs }: Intensity): boolean {
    const times = this.#times
    times.push(nowMs)
    while (times[this.#first]! + periodMs < nowMs) this.#first++
    if (this.#first > 64 && this.#first * 2 > times.length) {
      this.#times = times.slice(this.#first)
      this.#first = 0
    }
    return this.size > intensity
  }
}
