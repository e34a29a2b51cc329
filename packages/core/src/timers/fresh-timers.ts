/**
 * Timers that were set and whose deadline is not known yet: the clock is looked at for all of them together.
 *
 *     add ──► taken out again, as most are ──► nothing is left of it, and its place is used again once all are out
 *         └─► drain: in the order of setting
 *
 * An entry knows its place as a slot below `none`: the wheel's are above. Two stores and no search, since there is one for each call.
 */
import { none, type SlotHolder } from './timer-slots.ts'

/** More room than this is given back. */
const roomKept = 1024

export class FreshTimers {
  #entries: (SlotHolder | null)[] = []
  #delaysMs: number[] = []
  #end = 0
  #size = 0

  get isEmpty(): boolean {
    return this.#size === 0
  }

  add(entry: SlotHolder, delayMs: number): void {
    const place = this.#end++
    this.#entries[place] = entry
    this.#delaysMs[place] = delayMs
    this.#size++
    entry.timerSlot = none - 1 - place
  }

  remove(entry: SlotHolder): void {
    this.#entries[none - 1 - entry.timerSlot] = null
    entry.timerSlot = none
    if (--this.#size === 0) this.#end = 0
  }

  /** Takes all of them out. `take` adds none. */
  drain(take: (entry: SlotHolder, delayMs: number) => void): void {
    for (let place = 0; place < this.#end; place++) {
      const entry = this.#entries[place]!
      if (entry === null) continue
      this.#entries[place] = null
      entry.timerSlot = none
      take(entry, this.#delaysMs[place]!)
    }
    this.#end = this.#size = 0
    if (this.#entries.length > roomKept) this.#entries.length = this.#delaysMs.length = 0
  }
}

/** Whether it is the slot of one that is fresh. */
export function isFresh(slot: number): boolean {
  return slot < none
}
