/** What will happen, in order of virtual time; what is due at the same time happens in the order in which it was put down. */
interface Item {
  readonly atMs: number
  readonly order: number
  readonly act: () => void
}

export class Agenda {
  nowMs = 0
  /** How much has happened. */
  count = 0
  /** A binary heap. */
  readonly #items: Item[] = []
  #order = 0

  at(atMs: number, act: () => void): void {
    const items = this.#items
    const item = { atMs: Math.max(atMs, this.nowMs), order: this.#order++, act }
    let place = items.length
    items.push(item)
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = items[parent]!
      if (isBefore(above, item)) break
      items[place] = above
      place = parent
    }
    items[place] = item
  }

  after(delayMs: number, act: () => void): void {
    this.at(this.nowMs + delayMs, act)
  }

  /** Lets the next thing happen. False if there is none. */
  next(): boolean {
    const items = this.#items
    const first = items[0]
    if (first === undefined) return false
    const last = items.pop()!
    if (items.length > 0) this.#sink(last)
    this.nowMs = first.atMs
    this.count++
    first.act()
    return true
  }

  #sink(item: Item): void {
    const items = this.#items
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= items.length) break
      if (child + 1 < items.length && isBefore(items[child + 1]!, items[child]!)) child++
      const below = items[child]!
      if (isBefore(item, below)) break
      items[place] = below
      place = child
    }
    items[place] = item
  }
}

function isBefore(left: Item, right: Item): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order)
}
