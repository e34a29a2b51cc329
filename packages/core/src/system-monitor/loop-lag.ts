/**
 * The event loop's lag, by a timer that measures how late it is. It does not keep the program alive.
 */
import type { Runtime, RuntimeTimer } from '../runtime/runtime.ts'

const longestPeriodMs = 500

export class LoopLag {
  readonly #runtime: Runtime
  readonly #leastMs: number
  readonly #late: (lagMs: number) => void
  #timer: RuntimeTimer

  /** @param late is told of each lag of at least `leastMs`. */
  constructor(runtime: Runtime, leastMs: number, late: (lagMs: number) => void) {
    this.#runtime = runtime
    this.#leastMs = leastMs
    this.#late = late
    this.#timer = this.#set()
  }

  stop(): void {
    this.#timer.clear()
  }

  #set(): RuntimeTimer {
    const periodMs = Math.ceil(Math.min(this.#leastMs / 2, longestPeriodMs))
    const dueMs = this.#runtime.nowMs() + periodMs
    const timer = this.#runtime.setTimer(periodMs, () => {
      const lagMs = this.#runtime.nowMs() - dueMs
      this.#timer = this.#set()
      if (lagMs >= this.#leastMs) this.#late(lagMs)
    })
    timer.unref()
    return timer
  }
}
