/**
 * Handing the leadership over: the one who is to lead gets all there is, is told to begin an election, and has a bounded time for it.
 *
 * The answer outlives the leadership: it is given when somebody else is heard to lead.
 */
import type { MemberId } from './interface.ts'
import type { Seat } from './seat.ts'

export class Handover {
  readonly #seat: Seat
  readonly ticket: number
  readonly to: MemberId
  readonly deadlineMs: number

  constructor(seat: Seat, ticket: number, to: MemberId) {
    this.#seat = seat
    this.ticket = ticket
    this.to = to
    this.deadlineMs = seat.nowMs + seat.settings.electionTimeoutMs
  }

  /** Answers if it can be said how it went. @returns whether it was. */
  answered(): boolean {
    const seat = this.#seat
    if (seat.leader === this.to) {
      seat.emit({ type: 'transferred', ticket: this.ticket, to: this.to })
    } else if (seat.leader !== null && seat.leader !== seat.id) {
      this.#refuse({ why: 'not_leader', leader: seat.leader })
    } else if (seat.nowMs >= this.deadlineMs) {
      this.#refuse({ why: 'transferring' })
    } else {
      return false
    }
    return true
  }

  #refuse(refusal: { why: 'not_leader'; leader: MemberId } | { why: 'transferring' }): void {
    this.#seat.emit({ type: 'refused', ticket: this.ticket, refusal })
  }
}
