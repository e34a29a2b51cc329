/**
 * What clients wait for at this member: proposals until they are applied, reads until what they must see is.
 *
 *     submit ──► waits for the flush ──► proposed ──► in the log at (index, term) ──► applied there: its result
 *                                                                                └─► another entry is there: it never will be
 *     leader no more: those in the log may be applied yet, or not: `mayCome`
 */
import { answer, type From } from '@agner/behaviours'
import type { ClientRequest, Proposal } from '../raft/interface.ts'
import type { Answer, Refused } from './member.api.ts'

export type Asker = From<Answer<never>>

export interface Read {
  readonly query: unknown
  readonly from: Asker
}

/** Makes the answer of one that was refused: it says who leads, as far as this member knows. */
export type Refuse = (why: Refused['why'], mayCome: boolean) => Refused

export class Requests {
  readonly #refuse: Refuse
  #tickets = 0
  /** By ticket: not in the log yet. */
  readonly #asked = new Map<number, Asker>()
  /** By index. */
  readonly #inLog = new Map<number, { readonly term: number; readonly from: Asker }>()
  #proposals: Proposal[] = []
  #reads: Read[] = []
  #waitingReads = 0
  /** By ticket: reads that were asked for together, and are not confirmed yet. */
  readonly #asking = new Map<number, readonly Read[]>()
  /** Confirmed; they wait for what they must see. */
  #readable: { readonly index: number; readonly reads: readonly Read[] }[] = []

  constructor(refuse: Refuse) {
    this.#refuse = refuse
  }

  get waiting(): number {
    return this.#asked.size + this.#inLog.size + this.#waitingReads
  }

  // — on the way in —

  /** A number for one that waits for an answer; without an asker nobody does. */
  ticket(from: Asker | null): number {
    const ticket = ++this.#tickets
    if (from !== null) this.#asked.set(ticket, from)
    return ticket
  }

  /** True if it is the first since the last flush. */
  propose(command: unknown, request: ClientRequest | null, from: Asker | null): boolean {
    return this.#proposals.push({ ticket: this.ticket(from), command, request }) + this.#reads.length === 1
  }

  /** True if it is the first since the last flush. */
  read(read: Read): boolean {
    this.#waitingReads++
    return this.#reads.push(read) + this.#proposals.length === 1
  }

  /** All that came since the last flush, to be proposed together. */
  takeProposals(): readonly Proposal[] {
    const proposals = this.#proposals
    this.#proposals = []
    return proposals
  }

  /** A ticket for all reads since the last flush; null if there are none. */
  takeReads(): number | null {
    if (this.#reads.length === 0) return null
    const ticket = this.ticket(null)
    this.#asking.set(ticket, this.#reads)
    this.#reads = []
    return ticket
  }

  // — what became of them —

  accepted(ticket: number, index: number, term: number): void {
    const from = this.#asked.get(ticket)
    if (from === undefined) return
    this.#asked.delete(ticket)
    this.#inLog.set(index, { term, from })
  }

  done(ticket: number, value: unknown): void {
    const from = this.#asked.get(ticket)
    this.#asked.delete(ticket)
    if (from !== undefined) give(from, { type: 'done', value })
  }

  refused(ticket: number, why: Refused['why']): void {
    const reads = this.#asking.get(ticket)
    this.#waitingReads -= reads?.length ?? 0
    const askers = reads?.map(({ from }) => from) ?? [this.#asked.get(ticket)]
    this.#asking.delete(ticket)
    this.#asked.delete(ticket)
    for (const from of askers) if (from !== undefined) give(from, this.#refuse(why, false))
  }

  /** An entry was applied. Who waits at its place, if anybody does and it is theirs. */
  takeApplied(index: number, term: number): Asker | null {
    const inLog = this.#inLog.get(index)
    if (inLog === undefined) return null
    this.#inLog.delete(index)
    if (inLog.term === term) return inLog.from
    give(inLog.from, this.#refuse('leader_lost', false))
    return null
  }

  /** Nobody will hear from here what became of those in the log up to `index`. */
  overtaken(index: number = Infinity): void {
    for (const [at, { from }] of this.#inLog) {
      if (at > index) continue
      this.#inLog.delete(at)
      give(from, this.#refuse('leader_lost', true))
    }
  }

  readable(ticket: number, index: number): void {
    const reads = this.#asking.get(ticket)
    this.#asking.delete(ticket)
    if (reads !== undefined) this.#readable.push({ index, reads })
  }

  /** Reads that may be answered once everything up to `applied` is. */
  takeReadable(applied: number): readonly Read[] {
    if (this.#readable.length === 0) return []
    const ready = this.#readable.filter(({ index }) => index <= applied)
    if (ready.length > 0) this.#readable = this.#readable.filter(({ index }) => index > applied)
    const reads = ready.flatMap((each) => each.reads)
    this.#waitingReads -= reads.length
    return reads
  }
}

/** The types of what is answered were checked where the request came in. */
export function give(from: Asker, value: Answer<unknown>): void {
  answer(from as From<Answer<unknown>>, value)
}
