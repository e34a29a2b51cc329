/**
 * Where the timers of a node are kept: one numbered slot each, tied into rings.
 *
 *     slot ── links: 4 numbers ── later and earlier in the ring of its time, later and earlier in the ring of its owner
 *          ── deadlineMs          what it waits for
 *          ── holder              the object that knows its own slot number
 *
 * Links are numbers in one array and not fields of objects, so that setting and cancelling touch neither the shape of what is timed nor
 * the collector, whatever kind it is. A ring is entered at its head, a slot of its own: the first `heads` slots are heads of times; the head of
 * an owner is held by the owner, and is there as long as it has timers. Slots grow by doubling, and are packed, under new numbers, when few are
 * left in use; so a slot number is not to be kept across anything that packs.
 */
export const none = -1

/** What a slot stands for. It is told when the number changes. */
export interface SlotHolder {
  /** Its slot, or `none`. */
  timerSlot: number
}

const leastCapacity = 256
/** Room that is not touched takes no memory, so it is taken in large steps: less is copied. */
const growth = 8
/** Holders stand in pieces, since those, unlike numbers, take memory at once. */
const pieceBits = 9
const piece = 2 ** pieceBits
/** A slot takes this many links: two for the ring of its time, two for the ring of its owner. */
const stride = 4
const later = 0
const earlier = 1
const ownLater = 2
const ownEarlier = 3

export class TimerSlots {
  deadlinesMs: Float64Array
  readonly #heads: number
  #links: Int32Array
  #holders: (SlotHolder | null)[][]
  #capacity = leastCapacity
  /** The free slots are chained by their first link. */
  #free = none
  /** Slots from here on have not been used since the last packing. */
  #unused: number
  #inUse = 0

  constructor(heads: number) {
    this.#heads = this.#unused = heads
    this.#links = new Int32Array(leastCapacity * stride)
    this.deadlinesMs = new Float64Array(leastCapacity)
    this.#holders = [newPiece()]
    for (let head = 0; head < heads; head++) this.empty(head)
  }

  /** How many slots there is memory for. */
  get room(): number {
    return this.#capacity
  }

  holder(slot: number): SlotHolder | null {
    return this.#holders[slot >>> pieceBits]![slot & (piece - 1)]!
  }

  /** Everything that has a slot. */
  *all(): Iterable<SlotHolder> {
    for (const some of this.#holders) for (const holder of some) if (holder !== null) yield holder
  }

  /** A slot in no ring of a time and no ring of an owner. */
  take(holder: SlotHolder): number {
    let slot = this.#free
    if (slot === none) slot = this.#takeUnused()
    else this.#free = this.#links[slot * stride + later]!
    this.#holders[slot >>> pieceBits]![slot & (piece - 1)] = holder
    this.#links[slot * stride + ownLater] = none
    this.#inUse++
    return slot
  }

  #takeUnused(): number {
    const slot = this.#unused++
    if (slot === this.#capacity) this.#grow()
    if (slot >>> pieceBits === this.#holders.length) this.#holders.push(newPiece())
    return slot
  }

  /** Gives a slot back that is in no ring. */
  free(slot: number): void {
    this.#holders[slot >>> pieceBits]![slot & (piece - 1)] = null
    this.#links[slot * stride + later] = this.#free
    this.#free = slot
    this.#inUse--
  }

  // — rings of a time —

  empty(head: number): void {
    this.#links[head * stride + later] = this.#links[head * stride + earlier] = head
  }

  first(head: number): number {
    return this.#links[head * stride + later]!
  }

  after(slot: number): number {
    return this.#links[slot * stride + later]!
  }

  append(head: number, slot: number): void {
    const links = this.#links
    const last = links[head * stride + earlier]!
    links[slot * stride + later] = head
    links[slot * stride + earlier] = last
    links[last * stride + later] = slot
    links[head * stride + earlier] = slot
  }

  /** @returns the head of the ring if nothing but it is left, or else `none`. */
  remove(slot: number): number {
    const links = this.#links
    const next = links[slot * stride + later]!
    const previous = links[slot * stride + earlier]!
    links[next * stride + earlier] = previous
    links[previous * stride + later] = next
    return next === previous && next < this.#heads ? next : none
  }

  // — rings of an owner —

  own(owner: SlotHolder, slot: number): void {
    let head = owner.timerSlot
    if (head === none) {
      head = owner.timerSlot = this.take(owner)
      this.#links[head * stride + ownLater] = this.#links[head * stride + ownEarlier] = head
    }
    const links = this.#links
    const last = links[head * stride + ownEarlier]!
    links[slot * stride + ownLater] = head
    links[slot * stride + ownEarlier] = last
    links[last * stride + ownLater] = slot
    links[head * stride + ownEarlier] = slot
  }

  /** Takes a slot from its owner, if it has one. */
  disown(slot: number): void {
    const links = this.#links
    const next = links[slot * stride + ownLater]!
    if (next === none) return
    const previous = links[slot * stride + ownEarlier]!
    links[next * stride + ownEarlier] = previous
    links[previous * stride + ownLater] = next
    // A ring of two was the head and this one.
    if (next !== previous) return
    this.holder(next)!.timerSlot = none
    this.free(next)
  }

  /** The first timer of an owner, or `none`. */
  firstOf(owner: SlotHolder): number {
    return owner.timerSlot === none ? none : this.#links[owner.timerSlot * stride + ownLater]!
  }

  // — room —

  #grow(): void {
    const links = this.#links
    const { deadlinesMs } = this
    this.#makeRoom(this.#capacity * growth)
    this.#links.set(links)
    this.deadlinesMs.set(deadlinesMs)
  }

  #makeRoom(capacity: number): void {
    this.#capacity = capacity
    this.#links = new Int32Array(capacity * stride)
    this.deadlinesMs = new Float64Array(capacity)
  }

  /** Gives memory back when no more than an eighth of what was used still is: slots get new numbers. */
  pack(): void {
    if (this.#unused > leastCapacity && (this.#heads + this.#inUse) * 8 <= this.#unused) this.#pack()
  }

  #pack(): void {
    const links = this.#links
    const { deadlinesMs } = this
    const kept: number[] = []
    const moved = new Int32Array(this.#unused)
    for (let slot = 0; slot < this.#unused; slot++) {
      if (slot >= this.#heads && this.holder(slot) === null) continue
      moved[slot] = kept.length
      kept.push(slot)
    }
    const holders = [newPiece()]
    let capacity = leastCapacity
    while (capacity <= kept.length) capacity *= growth
    this.#makeRoom(capacity)
    kept.forEach((slot, to) => {
      if (to >>> pieceBits === holders.length) holders.push(newPiece())
      const holder = this.holder(slot)
      holders[to >>> pieceBits]![to & (piece - 1)] = holder
      if (holder !== null) holder.timerSlot = to
      this.deadlinesMs[to] = deadlinesMs[slot]!
      for (let link = 0; link < stride; link++) {
        const target = links[slot * stride + link]!
        this.#links[to * stride + link] = target === none ? none : moved[target]!
      }
    })
    this.#holders = holders
    this.#unused = kept.length
    this.#free = none
  }
}

function newPiece(): (SlotHolder | null)[] {
  return new Array<SlotHolder | null>(piece).fill(null)
}
