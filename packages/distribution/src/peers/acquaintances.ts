/**
 * What a node remembers of nodes that it is not connected to: that it once was, and that it is not to connect to them by
 * itself.
 *
 * Bounded: when there are too many, the one that was met first is forgotten; it may then be connected to again.
 */

interface Acquaintance {
  /** It was lost, and `autoConnect: 'once'` wants an explicit `connect`. */
  isLeft: boolean
  /** It said that it leaves: until then nobody comes back to it by itself. */
  drainsUntilMs: number
}

export class Acquaintances {
  readonly #limit: number
  readonly #known = new Map<string, Acquaintance>()

  constructor(limit: number) {
    this.#limit = limit
  }

  names(): Iterable<string> {
    return this.#known.keys()
  }

  /** There is a connection: whatever was held against one is over. */
  met(name: string): void {
    // The latest are last.
    this.#known.delete(name)
    this.#with(name)
  }

  /** The connection is over. */
  left(name: string): void {
    this.#with(name).isLeft = true
  }

  drains(name: string, untilMs: number): void {
    this.#with(name).drainsUntilMs = untilMs
  }

  /** Somebody wants to connect to it, and says so. */
  forgive(name: string): void {
    const known = this.#known.get(name)
    if (known !== undefined) known.isLeft = false
  }

  wasLeft(name: string): boolean {
    return this.#known.get(name)?.isLeft === true
  }

  isDraining(name: string, nowMs: number): boolean {
    const known = this.#known.get(name)
    return known !== undefined && nowMs < known.drainsUntilMs
  }

  #with(name: string): Acquaintance {
    let known = this.#known.get(name)
    if (known === undefined) this.#known.set(name, (known = { isLeft: false, drainsUntilMs: 0 }))
    const [oldest] = this.#known.keys()
    if (this.#known.size > this.#limit && oldest !== undefined) this.#known.delete(oldest)
    return known
  }
}
