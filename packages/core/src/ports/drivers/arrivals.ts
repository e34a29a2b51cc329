/**
 * What comes to a server and has not been asked for: connections, requests. They are held unread, up to a limit; beyond it they are refused. One that goes
 * away meanwhile is forgotten.
 */
import type { Driver, Sink } from '../driver.ts'

/** Something that came, as the driver of a port to be. */
export interface Arrival extends Driver {
  /** It is over already: there is nothing to hand on. */
  readonly isOver: boolean
  /** Turns it away. */
  refuse(): void
}

export class Arrivals {
  readonly #limit: number
  readonly #held = new Set<Arrival>()
  #sink: Sink | null = null
  #asked = false

  constructor(limit: number) {
    this.#limit = limit
  }

  start(sink: Sink): void {
    this.#sink = sink
  }

  pull(): void {
    for (const arrival of this.#held) {
      this.#held.delete(arrival)
      if (arrival.isOver) continue
      return this.#sink?.item(arrival)
    }
    this.#asked = true
  }

  came(arrival: Arrival): void {
    if (this.#asked) {
      this.#asked = false
      this.#sink?.item(arrival)
      return
    }
    if (this.#held.size >= this.#limit) this.#forget()
    if (this.#held.size >= this.#limit || this.#sink === null) arrival.refuse()
    else this.#held.add(arrival)
  }

  /** Nobody will ask any more. */
  close(): void {
    this.#sink = null
    this.#asked = false
    for (const arrival of this.#held) arrival.refuse()
    this.#held.clear()
  }

  #forget(): void {
    for (const arrival of this.#held) if (arrival.isOver) this.#held.delete(arrival)
  }
}
