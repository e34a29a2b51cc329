/**
 * A growing ring with absolute positions: the queue under inboxes, mailboxes and the run queue.
 *
 * Positions count up for ever, so a position noted once (a receive mark) stays valid while the ring grows or shrinks. Taking from
 * the middle leaves a hole, which is skipped and, when holes prevail, squeezed out: no operation costs more than amortised O(1).
 */

const hole: unique symbol = Symbol('hole')
const smallest = 8

/** Knows what stands where. */
export interface Follower {
  moved(from: number, to: number): void
}

export class Ring<T> {
  #slots: (T | typeof hole | undefined)[] = new Array(smallest)
  #mask = smallest - 1
  #head = 0
  #tail = 0
  #live = 0
  /** Is told when an item stands elsewhere. */
  follower: Follower | null = null

  /** How many items there are. */
  get size(): number {
    return this.#live
  }

  /** The position of the first item that may be there. */
  get start(): number {
    return this.#head
  }

  /** The position that the next item gets. */
  get end(): number {
    return this.#tail
  }

  push(item: T): void {
    if (this.#tail - this.#head > this.#mask) this.#resize()
    this.#slots[this.#tail & this.#mask] = item
    this.#tail++
    this.#live++
  }

  /** Takes the oldest item. Call it only when `size` is not 0. */
  shift(): T {
    for (;;) {
      const index = this.#head & this.#mask
      const item = this.#slots[index]
      this.#slots[index] = undefined
      this.#head++
      if (item !== hole) {
        this.#live--
        if (this.#live === 0) this.#rest()
        return item as T
      }
    }
  }

  /** The item at `position`, or undefined where one was taken from the middle. */
  at(position: number): T | undefined {
    const item = this.#slots[position & this.#mask]
    return item === hole ? undefined : item
  }

  /** The position of the first item that passes, or -1; looks from `since` on. */
  find(test: (item: T) => boolean, since: number): number {
    for (;;) {
      const head = this.#head
      const found = scan(this.#slots, this.#mask, Math.max(head, since), this.#tail, test)
      // A test that pushes may have made everything move.
      if (this.#head === head) return found
    }
  }

  /** Takes the item at `position`, which must be there. */
  take(position: number): T {
    if (position === this.#head) return this.shift()
    const index = position & this.#mask
    const item = this.#slots[index] as T
    this.#slots[index] = hole
    this.#live--
    if (this.#live === 0) this.#rest()
    return item
  }

  clear(): void {
    this.#slots = new Array(smallest)
    this.#mask = smallest - 1
    this.#head = this.#tail
    this.#live = 0
  }

  /** Empty: forget the holes, and give back the memory of a queue that was once long. */
  #rest(): void {
    this.#head = this.#tail
    if (this.#mask >= 1024) {
      this.#slots = new Array(smallest)
      this.#mask = smallest - 1
    }
  }

  #resize(): void {
    const span = this.#tail - this.#head
    // Mostly holes: squeeze in place instead of growing. Positions of the live items move towards the tail, never before it.
    if (this.#live * 2 < span) {
      let to = this.#tail
      for (let from = this.#tail - 1; from >= this.#head; from--) {
        const item = this.#slots[from & this.#mask]
        if (item === hole) continue
        this.#slots[--to & this.#mask] = item
        if (to !== from) this.follower?.moved(from, to)
      }
      for (let position = this.#head; position < to; position++) this.#slots[position & this.#mask] = undefined
      this.#head = to
      return
    }
    const slots: (T | typeof hole | undefined)[] = new Array((this.#mask + 1) * 2)
    const mask = slots.length - 1
    for (let position = this.#head; position < this.#tail; position++)
      slots[position & mask] = this.#slots[position & this.#mask]
    this.#slots = slots
    this.#mask = mask
  }
}

/**
 * On its own, so that the compiler sees a loop and nothing else: it is what a selective receive costs. Four items a lap, since a lap
 * costs as much as a look.
 */
function scan<T>(
  slots: readonly (T | typeof hole | undefined)[],
  mask: number,
  from: number,
  end: number,
  test: (item: T) => boolean,
): number {
  let position = from
  for (const last = end - 3; position < last; position += 4) {
    let item = slots[position & mask]
    if (item !== hole && test(item as T)) return position
    item = slots[(position + 1) & mask]
    if (item !== hole && test(item as T)) return position + 1
    item = slots[(position + 2) & mask]
    if (item !== hole && test(item as T)) return position + 2
    item = slots[(position + 3) & mask]
    if (item !== hole && test(item as T)) return position + 3
  }
  for (; position < end; position++) {
    const item = slots[position & mask]
    if (item !== hole && test(item as T)) return position
  }
  return -1
}
