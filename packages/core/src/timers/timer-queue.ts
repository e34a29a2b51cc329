/**
 * All timers of a node behind one timer of the runtime.
 *
 * A binary heap by deadline, then by order of making, so that equal deadlines fire in the order they were set. Cancelling is O(1):
 * the entry stays where it is until it comes up, or until the cancelled outnumber the live and the heap is swept. Delays beyond
 * 2^31 ms are chained, since the timers of JavaScript wrap there.
 */
import type { Runtime, RuntimeTimer } from '../runtime/runtime.ts'

const longestMs = 2 ** 31 - 1

/** Something with a deadline. Subclasses keep what they need and act in `fire`. */
export abstract class TimerEntry {
  /** Deadline in the runtime's monotonic time; NaN while not set. */
  atMs: number = Number.NaN
  order = 0
  pending = false
  abstract fire(): void
}

export class TimerQueue {
  readonly #runtime: Runtime
  #heap: TimerEntry[] = []
  #live = 0
  #made = 0
  #armed: RuntimeTimer | null = null
  #armedAtMs = Infinity
  #referenced = true
  readonly #due = () => this.#fireDue()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  get size(): number {
    return this.#live
  }

  /** Sets `entry` to fire `delayMs` from now. */
  set(entry: TimerEntry, delayMs: number): void {
    this.setAt(entry, this.#runtime.nowMs() + delayMs)
  }

  setAt(entry: TimerEntry, atMs: number): void {
    entry.atMs = atMs
    entry.order = this.#made++
    entry.pending = true
    this.#live++
    this.#push(entry)
    if (atMs < this.#armedAtMs) this.#arm(atMs)
    else if (!this.#referenced) this.#reference(true)
  }

  /** @returns the milliseconds that were left, or false if it had fired or was never set. */
  cancel(entry: TimerEntry): number | false {
    if (!entry.pending) return false
    entry.pending = false
    this.#live--
    if (this.#live === 0) this.#rest()
    else if (this.#heap.length > 64 && this.#live * 2 < this.#heap.length) this.#sweep()
    return this.leftMs(entry.atMs)
  }

  leftMs(atMs: number): number {
    return Math.max(0, Math.ceil(atMs - this.#runtime.nowMs()))
  }

  /** Nothing is pending: let the program end, but keep the armed timer, since arming costs more than a firing in vain. */
  #rest(): void {
    if (this.#heap.length > 1024) this.#heap = []
    if (this.#armed !== null) this.#reference(false)
  }

  stop(): void {
    for (const entry of this.#heap) entry.pending = false
    this.#heap = []
    this.#live = 0
    this.#armed?.clear()
    this.#armed = null
    this.#armedAtMs = Infinity
  }

  #reference(on: boolean): void {
    if (this.#referenced === on) return
    this.#referenced = on
    if (on) this.#armed?.ref()
    else this.#armed?.unref()
  }

  #arm(atMs: number): void {
    this.#armed?.clear()
    this.#armedAtMs = atMs
    const delayMs = Math.min(Math.max(0, Math.ceil(atMs - this.#runtime.nowMs())), longestMs)
    this.#armed = this.#runtime.setTimer(delayMs, this.#due)
    this.#referenced = true
  }

  #fireDue(): void {
    this.#armed = null
    this.#armedAtMs = Infinity
    const nowMs = this.#runtime.nowMs()
    for (let entry = this.#heap[0]; entry !== undefined; entry = this.#heap[0]) {
      if (entry.pending && entry.atMs > nowMs) break
      this.#pop()
      if (!entry.pending) continue
      entry.pending = false
      this.#live--
      entry.fire()
    }
    const next = this.#heap[0]
    if (this.#live > 0 && next !== undefined && next.atMs < this.#armedAtMs) this.#arm(next.atMs)
    else if (this.#live === 0) this.#heap = []
  }

  #sweep(): void {
    const live = this.#heap.filter((entry) => entry.pending)
    live.sort((a, b) => (before(a, b) ? -1 : 1))
    this.#heap = live
  }

  #push(entry: TimerEntry): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(entry)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]!
      if (!before(entry, above)) break
      heap[index] = above
      index = parent
    }
    heap[index] = entry
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
  }
}

function before(a: TimerEntry, b: TimerEntry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
