/**
 * How a member comes to lead, and whom it helps to.
 *
 *     timeout ─► would you vote for me (pre-vote) ─► majority ─► term + 1, own vote on disk ─► vote for me ─► majority ─► leads
 *
 * The pre-vote changes nothing at anybody, so that a member that was away, or is not a member any more, cannot raise the term of those that get along. Who
 * hears from a leader helps nobody, unless the leader itself asked for the change.
 *
 * A witness tries later than voters do, unless it sees that a voter needs its log.
 */
import type { MemberId, Message } from './interface.ts'
import type { Seat } from './seat.ts'

type AskVote = Message & { readonly type: 'askVote' }
type Vote = Message & { readonly type: 'vote' }

/** Attempts (a pre-vote or a vote each) after a leader is known to be gone that wait for heartbeats and not for the timeout. */
const quickAttempts = 4

export class Election {
  readonly #seat: Seat
  readonly #votes = new Set<MemberId>()
  /** Only asked whether they would. */
  #isPre = false
  deadlineMs = 0
  #heardMs = Number.NEGATIVE_INFINITY
  #quick = 0

  constructor(seat: Seat, nowMs: number) {
    this.#seat = seat
    seat.nowMs = nowMs
    this.postpone()
  }

  /** Whether there is a leader, as far as this member has reason to think. */
  get hearsLeader(): boolean {
    const seat = this.#seat
    if (seat.role === 'leader') return true
    return seat.leader !== null && seat.nowMs < this.#heardMs + seat.settings.electionTimeoutMs
  }

  /** The leader gave a sign of life. */
  heard(): void {
    this.#heardMs = this.#seat.nowMs
    this.#quick = 0
    this.postpone()
  }

  postpone(): void {
    const { settings, nowMs, standing, random } = this.#seat
    const patience = standing === 'witness' ? 2 : 1
    this.deadlineMs = nowMs + Math.ceil(settings.electionTimeoutMs * (patience + random()))
  }

  /** There is no leader, or somebody needs this member's log: the next election comes soon. */
  hasten(): void {
    this.#within(0, 1)
  }

  /** Its leader is said to be gone. The other voters hear that at the same moment: each has a turn of its own, or they would take each other's votes. */
  lost(): void {
    const { id, leader, log } = this.#seat
    const left = log.electorate.voters.filter((voter) => voter !== leader)
    this.#heardMs = Number.NEGATIVE_INFINITY
    this.#seat.leader = null
    this.#quick = quickAttempts
    this.#within(Math.max(0, left.indexOf(id)), 0.5)
  }

  #within(turns: number, spread: number): void {
    const { settings, nowMs, standing, random } = this.#seat
    const patience = turns + (standing === 'witness' ? 1 : 0)
    this.deadlineMs = Math.min(
      this.deadlineMs,
      nowMs + Math.ceil(settings.heartbeatMs * (patience + spread * random())),
    )
  }

  /** Asks whether there would be a majority. @returns whether there already is. */
  ask(): boolean {
    return this.#begin(true, this.#seat.term + 1, false)
  }

  /** One that cannot lead has not heard of a leader for long. If it is no member any more, a leader says so to who asks. */
  inquire(): void {
    const seat = this.#seat
    this.postpone()
    const message: Message = { type: 'askVote', pre: true, term: seat.term, last: seat.log.last, transfer: false }
    for (const id of seat.log.electorate.voters) if (id !== seat.id) seat.send(id, message)
  }

  /** Asks for votes in a new term. They are asked once the own vote is on disk, which is counted then. */
  campaign(isTransfer: boolean): void {
    const seat = this.#seat
    seat.vote(seat.term + 1, seat.id)
    this.#begin(false, seat.term, isTransfer)
    seat.promise(seat.id, { type: 'vote', pre: false, term: seat.term, granted: true })
  }

  #begin(pre: boolean, term: number, transfer: boolean): boolean {
    const seat = this.#seat
    seat.role = 'candidate'
    seat.leader = null
    this.#isPre = pre
    this.#votes.clear()
    this.postpone()
    // Somebody has not heard of it yet, or votes were split: that is no reason to wait as long as for a leader that may be there.
    if (this.#quick-- > 0) this.#within(2, 4)
    const message: Message = { type: 'askVote', pre, term, last: seat.log.last, transfer }
    for (const id of seat.log.electorate.voters) {
      if (id === seat.id) continue
      if (pre) seat.send(id, message)
      else seat.promise(id, message)
    }
    return pre && this.count(seat.id)
  }

  /** Somebody wants to lead. Terms were compared: this one's is not older. */
  asked(from: MemberId, message: AskVote): void {
    const seat = this.#seat
    const isFree = message.term > seat.term || seat.votedFor === null || seat.votedFor === from
    const granted = isFree && this.isUpToDate(message)
    if (!granted) {
      // The log of a witness is of use to voters only: it hands on what they lack.
      if (isFree && seat.standing === 'witness') this.hasten()
      seat.send(from, { type: 'vote', pre: message.pre, term: seat.term, granted })
    } else if (message.pre) {
      seat.send(from, { type: 'vote', pre: true, term: message.term, granted })
    } else {
      if (seat.votedFor === null) this.give(from)
      // An own attempt in this term is over.
      seat.role = 'follower'
      this.postpone()
      seat.promise(from, { type: 'vote', pre: false, term: seat.term, granted })
    }
  }

  /** Whether the log of who asks is at least as far as the one here: only so does a leader have all that is committed. */
  isUpToDate({ last }: AskVote): boolean {
    const { log } = this.#seat
    return last.term > log.lastTerm || (last.term === log.lastTerm && last.index >= log.lastIndex)
  }

  /** Each member has one vote in a term. */
  give(to: MemberId): void {
    this.#seat.vote(this.#seat.term, to)
  }

  /** An answer came. @returns whether a majority is for this member. */
  answered(from: MemberId, message: Vote): boolean {
    const seat = this.#seat
    const isOurs = message.pre === this.#isPre && message.term === seat.term + (message.pre ? 1 : 0)
    return seat.role === 'candidate' && message.granted && isOurs && this.count(from)
  }

  /** What the majority is for: a campaign, or to lead. */
  get isPre(): boolean {
    return this.#isPre
  }

  count(voter: MemberId): boolean {
    this.#votes.add(voter)
    return this.#seat.log.electorate.hasMajority((id) => this.#votes.has(id))
  }
}
