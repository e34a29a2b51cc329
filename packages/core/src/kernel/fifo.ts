/**
 * A plain queue: what the run queue needs of a ring, and nothing that would cost a nanosecond more.
 */

const smallest = 64
/** A longer array is given back when the queue has run empty. */
const kept = 4096

export class Fifo<T> {
  private slots: (T | null)[] = empty()
  private mask = smallest - 1
  private head = 0
  size = 0

  push(item: T): void {
    if (this.size > this.mask) this.grow()
    this.slots[(this.head + this.size++) & this.mask] = item
  }

  /** Takes the oldest item. Call it only when `size` is not 0. */
  shift(): T {
    const head = this.head
    const item = this.slots[head]!
    this.slots[head] = null
    this.head = (head + 1) & this.mask
    if (--this.size === 0 && this.mask >= kept) {
      this.slots = empty()
      this.mask = smallest - 1
      this.head = 0
    }
    return item
  }

  private grow(): void {
    const { slots, mask, head, size } = this
    const made = new Array<T | null>((mask + 1) * 2).fill(null)
    for (let i = 0; i < size; i++) made[i] = slots[(head + i) & mask]!
    this.slots = made
    this.mask = made.length - 1
    this.head = 0
  }
}

function empty(): null[] {
  return new Array<null>(smallest).fill(null)
}
