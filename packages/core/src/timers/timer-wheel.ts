/**
 * A hierarchical timing wheel: which timers are due, in the order of their deadlines, and in the order of setting where those are equal.
 *
 *     ticks of 1/4 ms      level 0: 32 buckets of a tick · level 1: 32 of 32 ticks · … · level 5: 32 of 2^25 ticks    an era: 2^30 ticks, 3 days
 *     place(slot)          into the bucket of the highest digit (base 32) in which the deadline differs from the time that the wheel shows
 *     takeDue(now)         the first bucket that has begun: of level 0, its timers are due; of others, they are placed anew, further down
 *
 * Setting and removing cost the same however many there are; a timer moves down five times at most. Since a bucket is chosen by the
 * deadline and the time that the wheel shows alone, all timers of one tick are in the same bucket at any moment, one behind the other: that keeps
 * their order. Timers of later eras wait in one ring until their era begins. A tick is never before the deadline that it stands for. No clock, no
 * input, no output here: time is an argument.
 */
import { none, TimerSlots } from './timer-slots.ts'

const ticksPerMs = 4
const digitBits = 5
const bucketsOfLevel = 2 ** digitBits
const levels = 6
const eraTicks = 2 ** (digitBits * levels)
const laterEras = levels * bucketsOfLevel

export class TimerWheel {
  /** Heads: one for each bucket, and one for later eras. */
  readonly slots: TimerSlots
  /** For each level, a bit for each bucket that has timers. */
  readonly #occupied = new Int32Array(levels)
  /** The era that the wheel shows, in ticks. */
  #eraTick = 0
  /** Ticks of the era that are over. Nothing that was due before is still in a bucket. */
  #shown = 0

  constructor() {
    this.slots = new TimerSlots(laterEras + 1)
  }

  get isEmpty(): boolean {
    return this.nextMs() === Infinity
  }

  /** Sets an empty wheel to a time. */
  startAt(ms: number): void {
    this.#show(tickBefore(ms))
  }

  /** Puts a slot, whose deadline is noted, where it belongs. */
  place(slot: number): void {
    const inEra = Math.ceil(this.slots.deadlinesMs[slot]! * ticksPerMs) - this.#eraTick
    if (inEra >= eraTicks) return this.slots.append(laterEras, slot)
    const tick = Math.max(inEra, this.#shown) | 0
    const differ = tick ^ this.#shown
    const level = differ < bucketsOfLevel ? 0 : ((31 - Math.clz32(differ)) / digitBits) | 0
    const index = (tick >>> (level * digitBits)) & (bucketsOfLevel - 1)
    this.#occupied[level]! |= 1 << index
    this.slots.append(level * bucketsOfLevel + index, slot)
  }

  remove(slot: number): void {
    const emptied = this.slots.remove(slot)
    if (emptied !== none && emptied < laterEras)
      this.#occupied[(emptied / bucketsOfLevel) | 0]! &= ~(1 << (emptied & (bucketsOfLevel - 1)))
  }

  /** Takes out the next timer that is due at `nowMs`, or says `none`. */
  takeDue(nowMs: number): number {
    const now = tickBefore(nowMs)
    for (;;) {
      const level = this.#lowestOccupied()
      if (level === none) {
        if (now < this.#eraTick + eraTicks) break
        this.#turnEra(now)
        continue
      }
      const index = firstBit(this.#occupied[level]!)
      const begins = this.#beginOf(level, index)
      if (this.#eraTick + begins > now) break
      if (begins > this.#shown) this.#shown = begins
      const head = level * bucketsOfLevel + index
      if (level === 0) {
        const slot = this.slots.first(head)
        this.remove(slot)
        return slot
      }
      this.#occupied[level]! &= ~(1 << index)
      this.#placeAnew(head)
    }
    // No bucket begins up to now, so the wheel can show it without anything moving.
    this.#show(Math.max(now, this.#eraTick + this.#shown))
    return none
  }

  /** The earliest time at which there can be something to do: of the timers, or of moving them; Infinity if there are none. */
  nextMs(): number {
    const level = this.#lowestOccupied()
    if (level !== none) return (this.#eraTick + this.#beginOf(level, firstBit(this.#occupied[level]!))) / ticksPerMs
    return this.slots.first(laterEras) === laterEras ? Infinity : (this.#eraTick + eraTicks) / ticksPerMs
  }

  #show(tick: number): void {
    this.#eraTick = Math.floor(tick / eraTicks) * eraTicks
    this.#shown = (tick - this.#eraTick) | 0
  }

  #lowestOccupied(): number {
    for (let level = 0; level < levels; level++) if (this.#occupied[level] !== 0) return level
    return none
  }

  /** The tick, in the era, with which a bucket begins. */
  #beginOf(level: number, index: number): number {
    const above = (level + 1) * digitBits
    return ((this.#shown >>> above) << above) | (index << (level * digitBits))
  }

  /** The buckets are empty, and the era is over. */
  #turnEra(now: number): void {
    if (this.slots.first(laterEras) === laterEras) return this.#show(now)
    this.#eraTick += eraTicks
    this.#shown = 0
    this.#placeAnew(laterEras)
  }

  #placeAnew(head: number): void {
    const { slots } = this
    let slot = slots.first(head)
    slots.empty(head)
    while (slot !== head) {
      const next = slots.after(slot)
      this.place(slot)
      slot = next
    }
  }
}

/** The deadline of a slot as the wheel keeps it: the first tick that is not before it. */
export function wheelMs(deadlineMs: number): number {
  return Math.ceil(deadlineMs * ticksPerMs) / ticksPerMs
}

function tickBefore(ms: number): number {
  return Math.floor(ms * ticksPerMs)
}

function firstBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}
