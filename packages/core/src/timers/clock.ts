/**
 * The clocks of a node, as Erlang has them.
 *
 *     monotonic time     only goes forwards; timers go by it; its zero means nothing
 *     system time        that of the world, in milliseconds since 1970: monotonic time + offset, always
 *     offset             whole milliseconds; the same until somebody sets the wall clock, then it follows (multi_time_warp)
 *
 * Nobody tells a program that the wall clock was set. So the offset is compared when it, or system time, is asked for, and every second
 * while a process monitors it: with a timer that does not keep the program alive.
 */
import type { Ref } from '../identity/ref.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import type { Runtime, RuntimeTimer } from '../runtime/runtime.ts'

const lookEveryMs = 1000
/** The wall clock shows whole milliseconds: one more or less is no step. */
const leastStepMs = 2
/** If the two clocks are not looked at in one go, they say nothing about each other. */
const longestLookMs = 1

export class Clock {
  readonly #runtime: Runtime
  readonly #watchers = new Map<Ref, ProcessRecord>()
  #offsetMs: number
  #integers = 0
  #timer: RuntimeTimer | null = null

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#offsetMs = Math.round(runtime.wallClockMs() - runtime.nowMs())
  }

  monotonicMs(): number {
    return this.#runtime.nowMs()
  }

  systemMs(): number {
    return this.offsetMs() + this.#runtime.nowMs()
  }

  offsetMs(): number {
    const beforeMs = this.#runtime.nowMs()
    const wallMs = this.#runtime.wallClockMs()
    const tookMs = this.#runtime.nowMs() - beforeMs
    const offsetMs = Math.round(wallMs - beforeMs)
    if (tookMs <= longestLookMs && Math.abs(offsetMs - this.#offsetMs) >= leastStepMs) this.#step(offsetMs)
    return this.#offsetMs
  }

  /** Greater than any before. */
  uniqueInteger(): number {
    return ++this.#integers
  }

  /** From now on the process is told of steps, under this ref. */
  watch(ref: Ref, watcher: ProcessRecord): void {
    this.offsetMs()
    this.#watchers.set(ref, watcher)
    if (this.#timer === null) this.#lookLater()
  }

  /** @returns whether that process monitored the offset under this ref. */
  unwatch(ref: Ref, watcher: ProcessRecord): boolean {
    return this.#watchers.get(ref) === watcher && this.#watchers.delete(ref)
  }

  stop(): void {
    this.#watchers.clear()
    this.#timer?.clear()
    this.#timer = null
  }

  #step(offsetMs: number): void {
    this.#offsetMs = offsetMs
    for (const [ref, watcher] of this.#watchers) watcher.kernel.push(watcher, { type: 'timeOffset', ref, offsetMs })
  }

  #lookLater(): void {
    this.#timer = this.#runtime.setTimer(lookEveryMs, () => {
      this.#timer = null
      for (const [ref, watcher] of this.#watchers) if (!watcher.lives) this.#watchers.delete(ref)
      if (this.#watchers.size === 0) return
      this.offsetMs()
      this.#lookLater()
    })
    this.#timer.unref()
  }
}
