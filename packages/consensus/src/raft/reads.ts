/**
 * Reads that see everything that was acknowledged before they were asked.
 *
 *     read ─► note what is committed ─► a round: is this still the leader? ─► a majority says so ─► readable up to what was noted
 *
 * Reads that come while a round is under way share the next one. No clock is trusted.
 */
import type { Seat } from './seat.ts'

interface Round {
  readonly number: number
  readonly index: number
  readonly tickets: readonly number[]
}

export class Reads {
  readonly #seat: Seat
  #waiting: number[] = []
  #open: Round | null = null

  constructor(seat: Seat) {
    this.#seat = seat
  }

  /** Asked, and not answered yet. */
  get size(): number {
    return this.#waiting.length + (this.#open?.tickets.length ?? 0)
  }

  ask(ticket: number): void {
    this.#waiting.push(ticket)
  }

  /** Begins the next round, if there is need for one and none is under way. */
  open(number: number): boolean {
    if (this.#open !== null || this.#waiting.length === 0) return false
    this.#open = { number, index: this.#seat.commitIndex, tickets: this.#waiting }
    this.#waiting = []
    return true
  }

  /** The round that is under way. */
  get openRound(): number | null {
    return this.#open?.number ?? null
  }

  /** A majority has answered. */
  confirm(): void {
    const { tickets, index } = this.#open!
    this.#open = null
    for (const ticket of tickets) this.#seat.emit({ type: 'readable', ticket, index })
  }

  /** This member leads no more. */
  refuse(): void {
    const { leader } = this.#seat
    const tickets = [...(this.#open?.tickets ?? []), ...this.#waiting]
    this.#open = null
    this.#waiting = []
    for (const ticket of tickets) this.#seat.emit({ type: 'refused', ticket, refusal: { why: 'not_leader', leader } })
  }
}
