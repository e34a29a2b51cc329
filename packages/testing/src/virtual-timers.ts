/**
 * Timers in virtual time: a list in the order of firing. Nothing fires by itself; the runtime takes them out.
 */
import type { RuntimeTimer } from '@agner/core'

/** Virtual timers keep no program alive, so `ref` and `unref` change nothing. */
export class VirtualTimer implements RuntimeTimer {
  readonly atMs: number
  /** Orders timers of one instant. */
  readonly rank: number
  readonly task: () => void
  /** How many timers of 0 ms there are in a row with it, the last; 0 for one that takes time. */
  readonly chain: number
  readonly #timers: VirtualTimers

  constructor(timers: VirtualTimers, atMs: number, rank: number, task: () => void, chain: number) {
    this.#timers = timers
    this.atMs = atMs
    this.rank = rank
    this.task = task
    this.chain = chain
  }

  clear(): void {
    this.#timers.remove(this)
  }

  ref(): void {}

  unref(): void {}
}

export class VirtualTimers {
  /** Latest first, so that the next one is taken from the end. */
  readonly #list: VirtualTimer[] = []

  get size(): number {
    return this.#list.length
  }

  get next(): VirtualTimer | undefined {
    return this.#list.at(-1)
  }

  add(timer: VirtualTimer): void {
    this.#list.splice(this.#place(timer), 0, timer)
  }

  remove(timer: VirtualTimer): void {
    for (let index = this.#place(timer); index < this.#list.length; index++) {
      const found = this.#list[index]!
      if (found === timer) {
        this.#list.splice(index, 1)
        return
      }
      if (found.atMs !== timer.atMs || found.rank !== timer.rank) return
    }
  }

  /** The first index whose timer does not come after `timer`. */
  #place(timer: VirtualTimer): number {
    let low = 0
    let high = this.#list.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (after(this.#list[middle]!, timer)) low = middle + 1
      else high = middle
    }
    return low
  }
}

function after(a: VirtualTimer, b: VirtualTimer): boolean {
  return a.atMs > b.atMs || (a.atMs === b.atMs && a.rank > b.rank)
}
