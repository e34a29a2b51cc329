/**
 * One member of a Raft group: takes an input, changes what it is, and says what must be done. See `interface.ts`.
 *
 *     message ─► terms compared ─► election | follower | leadership ─► what is committed now is applied, a new role is told
 */
import { Departure } from './departure.ts'
import { Election } from './election.ts'
import { Follower } from './follower.ts'
import type { Handover } from './handover.ts'
import type {
  Configuration,
  Effect,
  Input,
  MemberId,
  Message,
  RaftSettings,
  Refusal,
  Role,
  Snapshot,
} from './interface.ts'
import { Leadership } from './leadership.ts'
import { Seat } from './seat.ts'
import { raftSettings } from './settings.ts'
import { statusOf, type RaftStatus } from './status.ts'
import type { Stored } from '../storage/storage.ts'

export interface RaftOptions {
  readonly id: MemberId
  /** What storage had; null for one that is new. */
  readonly stored: Stored | null
  /**
   * The configuration before the first entry, the same at all founders, where no snapshot says so. Default: empty, as at one that waits to be added.
   */
  readonly genesis?: Configuration
  readonly settings?: Partial<RaftSettings>
  /** From 0 to below 1: spreads elections, nothing else. */
  readonly random: () => number
  readonly nowMs: number
}

/** What follows a snapshot that is under way is kept up to this many times `uncommittedEntries`. */
const heldTimes = 4

/** What a snapshot up to an index must say besides the machine's state. */
export type SnapshotHead = Omit<Snapshot, 'state'>

export class Raft {
  readonly seat: Seat
  readonly election: Election
  readonly follower: Follower
  readonly #departure: Departure
  leadership: Leadership | null = null
  /** Outlives the leadership that it ends. */
  #handover: Handover | null = null
  #told: { readonly role: Role; readonly term: number; readonly leader: MemberId | null }

  /** @throws `consensus.bad_option` */
  constructor({ id, stored, genesis = [], settings, random, nowMs }: RaftOptions) {
    const ballot = stored?.ballot ?? { term: 0, votedFor: null }
    const snapshot = stored?.snapshot ?? null
    const entries = stored?.entries ?? []
    this.seat = new Seat({ id, settings: raftSettings(settings), random, ballot, snapshot, entries, genesis })
    this.election = new Election(this.seat, nowMs)
    this.follower = new Follower(this.seat)
    this.#departure = new Departure(this.seat)
    this.#told = { role: 'follower', term: ballot.term, leader: null }
  }

  /** When to step with `time`, if nothing comes before. */
  get deadlineMs(): number {
    const dueMs = this.leadership?.deadlineMs ?? this.election.deadlineMs
    return this.#handover === null ? dueMs : Math.min(dueMs, this.#handover.deadlineMs)
  }

  get status(): RaftStatus {
    return statusOf(this.seat, this.leadership)
  }

  /** What goes with the machine's state in a snapshot up to an index that was applied. Null: that is not here any more. */
  snapshotHead(index: number): SnapshotHead | null {
    const { log, commitIndex } = this.seat
    const term = log.termAt(index)
    if (term === undefined || index > commitIndex) return null
    return { index, term, configuration: log.electorateAt(index).configuration }
  }

  /** Takes an input; returns what must be done, in this order. Time never goes back. */
  step(nowMs: number, input: Input): readonly Effect[] {
    const { seat } = this
    seat.nowMs = Math.max(seat.nowMs, nowMs)
    switch (input.type) {
      case 'time':
        this.#time()
        break
      case 'message':
        this.#message(input.from, input.message)
        break
      case 'written':
        this.#written(input.id)
        break
      case 'propose':
        if (this.leadership !== null) this.leadership.propose(input.commands)
        else for (const { ticket } of input.commands) this.#refuse(ticket)
        break
      case 'configure':
        if (this.leadership !== null) this.leadership.configure(input.ticket, input.change)
        else this.#refuse(input.ticket)
        break
      case 'read':
        if (this.leadership !== null) this.leadership.read(input.ticket)
        else this.#refuse(input.ticket)
        break
      case 'transfer':
        if (this.leadership !== null) this.leadership.transfer(input.ticket, input.to)
        else this.#refuse(input.ticket)
        break
      case 'compacted':
        this.#compacted(input.snapshot)
        break
      case 'furthered':
        this.leadership?.replication.members.get(input.id)?.furthered(seat.nowMs)
        break
      case 'down':
        if (input.id === seat.leader && input.id !== seat.id) this.election.lost()
        break
    }
    this.#settle()
    return seat.leave()
  }

  #time(): void {
    const { seat, election } = this
    if (this.leadership !== null) {
      if (!this.leadership.time()) this.stepDown(seat.term, null)
      return
    }
    if (seat.nowMs < election.deadlineMs) return
    const { standing } = seat
    if (standing === 'voter' || standing === 'witness') {
      if (election.ask()) this.#campaign(false)
    } else {
      seat.leader = null
      election.inquire()
    }
  }

  #message(from: MemberId, message: Message): void {
    if (from === this.seat.id) return
    switch (message.type) {
      case 'askVote':
        return this.#asked(from, message)
      case 'vote':
        return this.#voted(from, message)
      case 'append':
      case 'snapshot':
        return this.#led(from, message)
      case 'appended':
        if (message.term > this.seat.term) this.stepDown(message.term, null)
        else if (message.term === this.seat.term) this.leadership?.answered(from, message)
        return
      case 'takeOver':
        return this.#takeOver(from, message.term)
      case 'removed':
        return this.#departure.told(message.term, message.index)
    }
  }

  #asked(from: MemberId, message: Message & { readonly type: 'askVote' }): void {
    const { seat, election } = this
    if (message.pre && this.leadership?.replication.dismiss(from) === true) return
    if (message.term < seat.term) {
      seat.send(from, { type: 'vote', pre: message.pre, term: seat.term, granted: false })
      return
    }
    // Whoever asks has not heard the leader; that is no reason to disturb it. Neither the term changes nor the vote.
    if (election.hearsLeader && !message.transfer) {
      if (message.pre) seat.send(from, { type: 'vote', pre: true, term: seat.term, granted: false })
      return
    }
    if (!message.pre && message.term > seat.term) this.stepDown(message.term, null)
    election.asked(from, message)
  }

  #voted(from: MemberId, message: Message & { readonly type: 'vote' }): void {
    const { seat, election } = this
    const isPromise = message.pre && message.granted
    if (!isPromise && message.term > seat.term) this.stepDown(message.term, null)
    else if (election.answered(from, message)) {
      if (election.isPre) this.#campaign(false)
      else this.lead()
    }
  }

  #led(from: MemberId, message: Message & { readonly type: 'append' | 'snapshot' }): void {
    const { seat, election, follower } = this
    if (message.term < seat.term) {
      // The old leader comes to know that there is a new term.
      const index = seat.commitIndex + 1
      seat.send(from, { type: 'appended', term: seat.term, success: false, index, conflictTerm: 0, round: 0 })
      return
    }
    if (message.term === seat.term) {
      // One leader in a term: anything else is rubbish.
      if (seat.role === 'leader' || (seat.leader !== null && seat.leader !== from)) return
    }
    if (message.term > seat.term || seat.leader === null) this.stepDown(message.term, from)
    election.heard()
    if (message.type === 'append') follower.append(message)
    else follower.snapshot(message)
  }

  #takeOver(from: MemberId, term: number): void {
    const { seat } = this
    const isAsked = term === seat.term && from === seat.leader && seat.role === 'follower'
    if (isAsked && seat.standing === 'voter') this.#campaign(true)
  }

  #campaign(isTransfer: boolean): void {
    this.follower.reset()
    this.election.campaign(isTransfer)
  }

  #written(id: number): void {
    const { seat, follower } = this
    for (const { to, message } of seat.disk.written(id)) {
      // What was promised in a term that is over is of no use to anybody.
      if (message.term !== seat.term) continue
      if (to !== seat.id) seat.send(to, message)
      else if (message.type === 'vote') this.#voted(to, message)
    }
    if (this.leadership !== null) this.leadership.advance()
    else follower.written()
  }

  #compacted(snapshot: Snapshot): void {
    const { log, commitIndex, standing, settings } = this.seat
    const isUseful = snapshot.index > (log.snapshot?.index ?? 0) && log.termAt(snapshot.index) === snapshot.term
    // A witness has no state, and learns from the leader what it need not keep.
    if (!isUseful || snapshot.index > commitIndex || standing === 'witness') return
    // What follows a snapshot that is under way is needed once that is there: with it gone, another snapshot would be, for ever.
    const oldest = this.leadership?.replication.underWayIndex ?? Number.POSITIVE_INFINITY
    const held = Math.min(snapshot.index - oldest, heldTimes * settings.uncommittedEntries)
    log.compact(snapshot, Math.max(held, settings.batchEntries * settings.pipeline))
  }

  lead(): void {
    const { seat } = this
    seat.role = 'leader'
    seat.leader = seat.id
    this.leadership = new Leadership(seat)
  }

  /** Follows, in this term or a newer one. */
  stepDown(term: number, leader: MemberId | null): void {
    const { seat, election, follower, leadership } = this
    if (term > seat.term) seat.vote(term, null)
    seat.role = 'follower'
    seat.leader = leader
    follower.reset()
    if (leadership === null) return
    this.leadership = null
    this.#handover = leadership.handover
    leadership.reads.refuse()
    election.postpone()
  }

  #refuse(ticket: number): void {
    const { leader } = this.seat
    const refusal: Refusal = { why: 'not_leader', leader }
    this.seat.emit({ type: 'refused', ticket, refusal })
  }

  #settle(): void {
    const { seat } = this
    this.#departure.look()
    this.#apply()
    this.#leave()
    if (this.#handover?.answered() === true) this.#handover = null
    const { role, term, leader } = seat
    if (role === this.#told.role && term === this.#told.term && leader === this.#told.leader) return
    this.#told = { role, term, leader }
    seat.emit({ type: 'role', role, term, leader })
  }

  #apply(): void {
    const { seat } = this
    const count = seat.commitIndex - seat.appliedIndex
    if (count === 0) return
    seat.emit({ type: 'apply', entries: seat.log.from(seat.appliedIndex + 1, count) })
    seat.appliedIndex = seat.commitIndex
  }

  /** A leader that is no voter any more, once that is committed, leads no more. */
  #leave(): void {
    const { seat, leadership } = this
    const { log, commitIndex, id } = seat
    const role = log.electorate.roleOf(id)
    if (leadership === null || log.configurationIndex > commitIndex || role === 'voter' || role === 'witness') return
    leadership.resign()
    this.stepDown(seat.term, null)
    if (role === null) this.#departure.removed(log.configurationIndex)
  }
}
