/** Who asked a member for something and waits for what comes of it. */
import type { Outcome } from '../../../src/machine/applier.ts'
import type { Entry, Refusal } from '../../../src/raft/interface.ts'

export type Answer =
  | { readonly type: 'done'; readonly value: unknown }
  /** Nothing came of this request, and nothing will. */
  | { readonly type: 'refused'; readonly refusal: Refusal }
  /** The log has it, and the sessions refuse it. */
  | { readonly type: 'rejected'; readonly why: string }
  /** Something else is at its place in the log: nothing will come of it. */
  | { readonly type: 'lost' }
  /** It may have taken effect. */
  | { readonly type: 'unknown' }

export type Reply = (answer: Answer) => void

interface Placed {
  readonly term: number
  readonly reply: Reply
}

interface Reading {
  readonly index: number
  readonly reply: Reply
}

export class Waiting {
  readonly #tickets = new Map<number, Reply>()
  readonly #placed = new Map<number, Placed>()
  #readings: Reading[] = []
  #ticket = 0

  /** Tickets that the algorithm has not answered yet. */
  get unanswered(): number {
    return this.#tickets.size
  }

  ticket(reply: Reply): number {
    this.#tickets.set(++this.#ticket, reply)
    return this.#ticket
  }

  accepted(ticket: number, index: number, term: number): void {
    // What was there is overwritten here, but another member may still have it, and have it committed.
    this.#placed.get(index)?.reply({ type: 'unknown' })
    this.#placed.set(index, { term, reply: this.#take(ticket) })
  }

  refused(ticket: number, refusal: Refusal): void {
    this.#take(ticket)({ type: 'refused', refusal })
  }

  transferred(ticket: number, to: string): void {
    this.#take(ticket)({ type: 'done', value: to })
  }

  readable(ticket: number, index: number, appliedIndex: number): void {
    const reply = this.#take(ticket)
    if (index <= appliedIndex) reply({ type: 'done', value: null })
    else this.#readings.push({ index, reply })
  }

  applied(entry: Entry, outcome: Outcome): void {
    const placed = this.#placed.get(entry.index)
    if (placed !== undefined) {
      this.#placed.delete(entry.index)
      if (placed.term !== entry.term) placed.reply({ type: 'lost' })
      else if (outcome.type === 'result') placed.reply({ type: 'done', value: outcome.value })
      else placed.reply({ type: 'rejected', why: outcome.why })
    }
    this.#letRead(entry.index)
  }

  /** A snapshot has the outcomes up to there in it, untold. */
  overtaken(index: number): void {
    for (const [place, { reply }] of this.#placed) {
      if (place > index) continue
      this.#placed.delete(place)
      reply({ type: 'unknown' })
    }
    this.#letRead(index)
  }

  clear(): void {
    this.#tickets.clear()
    this.#placed.clear()
    this.#readings = []
  }

  #letRead(index: number): void {
    if (this.#readings.length === 0) return
    const ready = this.#readings.filter((reading) => reading.index <= index)
    this.#readings = this.#readings.filter((reading) => reading.index > index)
    for (const { reply } of ready) reply({ type: 'done', value: null })
  }

  #take(ticket: number): Reply {
    const reply = this.#tickets.get(ticket)
    if (reply === undefined) throw new Error(`ticket ${ticket} was answered before, or never given`)
    this.#tickets.delete(ticket)
    return reply
  }
}
