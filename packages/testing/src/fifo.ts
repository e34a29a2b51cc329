/**
 * First in, first out, at the same cost however long it gets (an array's own `shift` moves everything behind it).
 */
export class Fifo<T> {
  #items: T[] = []
  #head = 0

  get size(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** The one that `shift` takes next. Read it only when `size` is not 0. */
  get first(): T {
    return this.#items[this.#head]!
  }

  /** Call it only when `size` is not 0. */
  shift(): T {
    const item = this.#items[this.#head++]!
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}
