/**
 * How late this node's own thread comes to its timers, and signs of life for its post.
 */
import type { Runtime, RuntimeTimer } from '@agner/core'

const longestPeriodMs = 1000
const shortestPeriodMs = 10
/** For how long a lag is told. */
const windowMs = 15_000

export class OwnLag {
  readonly #runtime: Runtime
  readonly #beat: () => void
  #timer: RuntimeTimer | null = null
  #worstMs = 0
  #worstBeforeMs = 0
  #windowStartMs = 0

  constructor(runtime: Runtime, beat: () => void) {
    this.#runtime = runtime
    this.#beat = beat
    this.#windowStartMs = runtime.nowMs()
  }

  /** The longest of the last 15 to 30 seconds. */
  get lagMs(): number {
    this.#turnOver()
    return Math.max(this.#worstMs, this.#worstBeforeMs)
  }

  /** A timer was so late. */
  late(lateMs: number): void {
    this.#turnOver()
    this.#worstMs = Math.max(this.#worstMs, Math.floor(lateMs))
  }

  /** Gives signs of life from now on, four for each `tickMs`. */
  start(tickMs: number): void {
    this.stop()
    this.#beat()
    this.#set(Math.max(shortestPeriodMs, Math.min(longestPeriodMs, Math.ceil(tickMs / 4))))
  }

  stop(): void {
    this.#timer?.clear()
    this.#timer = null
  }

  get isStarted(): boolean {
    return this.#timer !== null
  }

  #set(periodMs: number): void {
    const dueMs = this.#runtime.nowMs() + periodMs
    this.#timer = this.#runtime.setTimer(periodMs, () => {
      this.#beat()
      this.late(this.#runtime.nowMs() - dueMs)
      this.#set(periodMs)
    })
    this.#timer.unref()
  }

  #turnOver(): void {
    const passedMs = this.#runtime.nowMs() - this.#windowStartMs
    if (passedMs < windowMs) return
    this.#worstBeforeMs = passedMs < 2 * windowMs ? this.#worstMs : 0
    this.#worstMs = 0
    this.#windowStartMs = this.#runtime.nowMs()
  }
}
