/**
 * All timers of a node behind one timer of the runtime.
 *
 *     set ──► wheel ── one runtime timer, for the earliest ──► fire, in the order of deadlines, equal ones in the order of setting
 *     setSoon ──► fresh ── at the next macrotask, one look at the clock for all of them ──► wheel
 *
 * Never fires before a deadline, and at most a quarter of a millisecond later than the runtime allows. Setting and cancelling cost the
 * same however many timers there are, and memory follows their number. A runtime timer that has become too early is left alone, since arming costs
 * more than a firing in vain; with nothing pending it no longer keeps the program alive. Delays beyond 2^31 ms are chained, for the timers
 * of JavaScript wrap there. Whatever is due at once fires in portions, so that input and output get a turn.
 */
import type { Runtime, RuntimeTimer } from '../runtime/runtime.ts'
import { FreshTimers, isFresh } from './fresh-timers.ts'
import { none, type SlotHolder } from './timer-slots.ts'
import { TimerWheel, wheelMs } from './timer-wheel.ts'

const longestMs = 2 ** 31 - 1
const mostAtOnce = 4096

/** Something with a deadline; `Host` is what it acts on. */
export abstract class TimerEntry<in Host = unknown> implements SlotHolder {
  timerSlot: number = none
  /** Its time has come. Runs no code of a process. */
  abstract fire(host: Host): void
}

export class TimerQueue<Host = unknown> {
  readonly #runtime: Runtime
  readonly #host: Host
  #wheel = new TimerWheel()
  readonly #fresh = new FreshTimers()
  #live = 0
  #armed: RuntimeTimer | null = null
  #armedAtMs = Infinity
  #referenced = true
  #looksSoon = false
  #lateMs = Infinity
  #late: (dueMs: number) => void = () => {}
  readonly #due = () => this.#fireDue()
  readonly #soon = () => this.#look()

  constructor(runtime: Runtime, host: Host) {
    this.#runtime = runtime
    this.#host = host
  }

  /** Timers that are set. */
  get size(): number {
    return this.#live
  }

  /** How many timers there is memory for: it follows `size`, up and down. */
  get room(): number {
    return this.#wheel.slots.room
  }

  /**
   * Sets `entry` to fire `delayMs` from now.
   *
   * @param owner is told of by `cancelAllOf`.
   */
  set(entry: TimerEntry<Host>, delayMs: number, owner: SlotHolder | null = null): void {
    const nowMs = this.#runtime.nowMs()
    if (this.#live === 0) this.#wheel.startAt(nowMs)
    const slot = this.#take(entry)
    this.#wheel.slots.deadlinesMs[slot] = nowMs + delayMs
    this.#enter(slot, owner)
  }

  /** Sets `entry` to fire at an instant of the runtime's monotonic time; if that is over, at once, in the order of setting. */
  setAt(entry: TimerEntry<Host>, atMs: number, owner: SlotHolder | null = null): void {
    const nowMs = this.#runtime.nowMs()
    if (this.#live === 0) this.#wheel.startAt(nowMs)
    const slot = this.#take(entry)
    this.#wheel.slots.deadlinesMs[slot] = Math.max(atMs, nowMs)
    this.#enter(slot, owner)
  }

  /**
   * Sets `entry` to fire `delayMs` after the next macrotask, with one look at the clock for all that were set by then. For the deadlines of waits that are
   * mostly over before: those never cost a look. Until they are in the wheel there is no `leftMs`.
   */
  setSoon(entry: TimerEntry<Host>, delayMs: number): void {
    this.#live++
    this.#fresh.add(entry, delayMs)
    this.#lookSoon()
  }

  /** @returns whether it was set. If so, it never fires. */
  cancel(entry: TimerEntry<Host>): boolean {
    const slot = entry.timerSlot
    if (slot === none) return false
    if (isFresh(slot)) {
      this.#fresh.remove(entry)
      this.#gone()
      return true
    }
    this.#wheel.remove(slot)
    this.#release(entry, slot)
    this.#wheel.slots.pack()
    return true
  }

  cancelAllOf(owner: SlotHolder): void {
    const { slots } = this.#wheel
    for (let slot = slots.firstOf(owner); slot !== none; slot = slots.firstOf(owner)) {
      this.#wheel.remove(slot)
      this.#release(slots.holder(slot) as TimerEntry<Host>, slot)
    }
    slots.pack()
  }

  /** Milliseconds until it fires, rounded up; false if it is not set. */
  leftMs(entry: TimerEntry<Host>): number | false {
    if (entry.timerSlot === none || isFresh(entry.timerSlot)) return false
    const leftMs = this.#wheel.slots.deadlinesMs[entry.timerSlot]! - this.#runtime.nowMs()
    // The millionth takes what adding and subtracting fractions left over, which would round up to a millisecond more.
    return Math.max(0, Math.ceil(leftMs - 1e-6))
  }

  /** Calls `late` whenever the runtime's timer comes that much later than it was due. */
  whenLate(leastMs: number, late: (dueMs: number) => void): void {
    this.#lateMs = leastMs
    this.#late = late
  }

  /** Drops all timers. */
  stop(): void {
    for (const holder of this.#wheel.slots.all()) holder.timerSlot = none
    this.#fresh.drain(() => {})
    this.#wheel = new TimerWheel()
    this.#live = 0
    this.#armed?.clear()
    this.#armed = null
    this.#armedAtMs = Infinity
  }

  #take(entry: TimerEntry<Host>): number {
    this.#live++
    return (entry.timerSlot = this.#wheel.slots.take(entry))
  }

  /** A slot whose deadline is noted goes into the wheel. */
  #enter(slot: number, owner: SlotHolder | null): void {
    const { slots } = this.#wheel
    if (owner !== null) slots.own(owner, slot)
    this.#wheel.place(slot)
    if (slots.deadlinesMs[slot]! < this.#armedAtMs || !this.#referenced) this.#armFor(wheelMs(slots.deadlinesMs[slot]!))
  }

  /** Gives up the slot of an entry that is out of the wheel. */
  #release(entry: TimerEntry<Host>, slot: number): void {
    const { slots } = this.#wheel
    entry.timerSlot = none
    slots.disown(slot)
    slots.free(slot)
    this.#gone()
  }

  #gone(): void {
    // Whether the program may end is decided a little later: something else may be set at once.
    if (--this.#live === 0 && this.#armed !== null) this.#lookSoon()
  }

  #lookSoon(): void {
    if (this.#looksSoon) return
    this.#looksSoon = true
    this.#runtime.macrotask(this.#soon)
  }

  #look(): void {
    this.#looksSoon = false
    if (this.#live === 0) return this.#reference(false)
    if (this.#fresh.isEmpty) return
    const nowMs = this.#runtime.nowMs()
    if (this.#wheel.isEmpty) this.#wheel.startAt(nowMs)
    const { slots } = this.#wheel
    let earliestMs = Infinity
    this.#fresh.drain((entry, delayMs) => {
      const slot = (entry.timerSlot = slots.take(entry))
      const atMs = (slots.deadlinesMs[slot] = nowMs + delayMs)
      this.#wheel.place(slot)
      if (atMs < earliestMs) earliestMs = atMs
    })
    this.#armFor(wheelMs(earliestMs))
  }

  /** Sees to it that the runtime's timer fires at `atMs` or before, and keeps the program alive. */
  #armFor(atMs: number): void {
    if (atMs < this.#armedAtMs) {
      const nowMs = this.#runtime.nowMs()
      // What is armed for now cannot come sooner.
      if (this.#armedAtMs > nowMs) {
        this.#armed?.clear()
        this.#armedAtMs = atMs
        this.#armed = this.#runtime.setTimer(Math.min(Math.max(0, Math.ceil(atMs - nowMs)), longestMs), this.#due)
        this.#referenced = true
      }
    }
    if (!this.#referenced) this.#reference(true)
  }

  #reference(on: boolean): void {
    if (this.#armed === null || this.#referenced === on) return
    this.#referenced = on
    if (on) this.#armed.ref()
    else this.#armed.unref()
  }

  #fireDue(): void {
    this.#armed = null
    const dueMs = this.#armedAtMs
    // As long as this goes on nothing needs to be armed.
    this.#armedAtMs = -Infinity
    let isLeft = true
    try {
      isLeft = this.#fireSome(dueMs)
    } finally {
      // Should one of them throw, the others have their turn all the same.
      if (isLeft) this.#runtime.macrotask(this.#due)
      else this.#armNext()
    }
  }

  #armNext(): void {
    this.#wheel.slots.pack()
    this.#armedAtMs = Infinity
    const nextMs = this.#wheel.nextMs()
    if (nextMs !== Infinity) this.#armFor(nextMs)
  }

  /** @returns whether something that is due is left. */
  #fireSome(dueMs: number): boolean {
    const nowMs = this.#runtime.nowMs()
    // What is left of the last portion is not late.
    if (nowMs - dueMs >= this.#lateMs && dueMs !== -Infinity) this.#late(dueMs)
    for (let left = mostAtOnce; left > 0; left--) {
      const slot = this.#wheel.takeDue(nowMs)
      if (slot === none) return false
      const entry = this.#wheel.slots.holder(slot) as TimerEntry<Host>
      this.#release(entry, slot)
      entry.fire(this.#host)
    }
    return true
  }
}
