/** The latest of what was put into it, up to a limit: the oldest is forgotten, unless it is kept. */
export class Latest<Key, Value> {
  readonly #limit: number
  readonly #isKept: (key: Key) => boolean
  readonly #values = new Map<Key, Value>()

  constructor(limit: number, isKept: (key: Key) => boolean = () => false) {
    this.#limit = limit
    this.#isKept = isKept
  }

  get size(): number {
    return this.#values.size
  }

  get(key: Key): Value | undefined {
    return this.#values.get(key)
  }

  set(key: Key, value: Value): void {
    // The latest are last.
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size > this.#limit) this.#forget(key)
  }

  #forget(latest: Key): void {
    for (const key of this.#values.keys()) {
      if (key === latest || this.#isKept(key)) continue
      this.#values.delete(key)
      return
    }
  }

  delete(key: Key): void {
    this.#values.delete(key)
  }

  values(): IterableIterator<Value> {
    return this.#values.values()
  }
}
