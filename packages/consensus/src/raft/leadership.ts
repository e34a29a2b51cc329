/**
 * One member's time as the leader of one term: takes proposals, brings them to the others, says what is committed, answers reads, changes the members, and hands
 * over.
 *
 * It steps down when a majority has not been heard for an election timeout, when its own disk takes nothing and somebody else is there to lead, and when the change
 * that removes it is committed. A witness leads as a caretaker: it
 * proposes nothing, and hands over to the first voter that has all that the witness has.
 */
import { isRefusal } from './change.ts'
import { Handover } from './handover.ts'
import type { Change, Entry, MemberId, Message, Proposal, Refusal } from './interface.ts'
import { permitted } from './permitted.ts'
import type { Progress } from './progress.ts'
import { Reads } from './reads.ts'
import { Replication } from './replication.ts'
import type { Seat } from './seat.ts'

/** A caretaker that gets no voter any further for as many election timeouts lets others try. */
const caretakerPatience = 4
/** A leader whose disk takes nothing for as many election timeouts lets another lead. */
const diskPatience = 8

export class Leadership {
  readonly seat: Seat
  readonly replication: Replication
  readonly reads: Reads
  handover: Handover | null = null
  /** When the next heartbeat is due. */
  deadlineMs: number
  /** All before this entry are of older terms. */
  readonly #firstIndex: number
  #progressMs: number
  /** What was on its own disk, and since when no more is. */
  #durableIndex: number
  #durableMs: number
  /** To be told to begin an election, once more with each heartbeat. */
  #heir: MemberId | null = null

  constructor(seat: Seat) {
    this.seat = seat
    this.#firstIndex = seat.log.lastIndex + 1
    this.#progressMs = seat.nowMs
    this.#durableIndex = seat.disk.durableIndex
    this.#durableMs = seat.nowMs
    this.replication = new Replication(seat)
    this.reads = new Reads(seat)
    this.deadlineMs = seat.nowMs + seat.settings.heartbeatMs
    if (!this.isCaretaker) this.append([{ type: 'nothing', index: this.#firstIndex, term: seat.term }])
    this.replication.replicate()
  }

  get isCaretaker(): boolean {
    return this.seat.standing === 'witness'
  }

  /** Before it, nothing is known of what leaders of older terms have committed. */
  get hasCommitted(): boolean {
    return this.seat.commitIndex >= this.#firstIndex
  }

  append(entries: readonly Entry[]): void {
    this.seat.append(entries)
    this.advance()
  }

  propose(commands: readonly Proposal[]): void {
    const { seat } = this
    const refusal = this.#refusal()
    const entries: Entry[] = []
    const { term, log, settings } = seat
    // The others may commit what its own disk has not taken yet.
    const settled = Math.min(seat.commitIndex, seat.disk.durableIndex)
    const room = settings.uncommittedEntries - (log.lastIndex - settled)
    let index = log.lastIndex
    for (const { ticket, command, request } of commands) {
      if (refusal !== null) {
        seat.emit({ type: 'refused', ticket, refusal })
      } else if (entries.length >= room) {
        seat.emit({ type: 'refused', ticket, refusal: { why: 'busy' } })
      } else {
        entries.push({ type: 'command', index: ++index, term, command, request })
        seat.emit({ type: 'accepted', ticket, index, term })
      }
    }
    if (entries.length === 0) return
    this.append(entries)
    this.replication.replicate()
  }

  configure(ticket: number, change: Change): void {
    const { seat } = this
    const { log, term } = seat
    const refusal = this.#refusal() ?? (this.mayChange() ? null : { why: 'change_pending' as const })
    const configuration = refusal ?? permitted(seat, this.replication.members, change)
    if (isRefusal(configuration)) {
      seat.emit({ type: 'refused', ticket, refusal: configuration })
      return
    }
    const index = log.lastIndex + 1
    seat.emit({ type: 'accepted', ticket, index, term })
    this.append([{ type: 'configuration', index, term, configuration }])
    this.replication.changed()
    this.replication.replicate()
  }

  /**
   * One change at a time, and none before an entry of this term is committed: a leader that does not know whether the change of an older term holds
   * might go on from a configuration whose majorities do not meet those of its own (Ongaro's correction of 2015).
   */
  mayChange(): boolean {
    const { log, commitIndex } = this.seat
    return log.configurationIndex <= commitIndex && this.hasCommitted
  }

  read(ticket: number): void {
    const { seat, reads } = this
    if (this.isCaretaker) {
      seat.emit({ type: 'refused', ticket, refusal: { why: 'not_leader', leader: null } })
    } else if (reads.size >= seat.settings.uncommittedEntries) {
      seat.emit({ type: 'refused', ticket, refusal: { why: 'busy' } })
    } else {
      reads.ask(ticket)
      this.nextRound()
    }
  }

  transfer(ticket: number, to: MemberId | null): void {
    const { seat } = this
    const { electorate } = seat.log
    const refuse = (refusal: Refusal): void => seat.emit({ type: 'refused', ticket, refusal })
    if (this.handover !== null) return refuse({ why: 'transferring' })
    const heir = to ?? this.furthest()
    if (heir === null || electorate.roleOf(heir) !== 'voter') return refuse({ why: 'no_such_member' })
    if (heir === seat.id) return seat.emit({ type: 'transferred', ticket, to: heir })
    this.handover = new Handover(seat, ticket, heir)
    this.#heir = heir
    this.#urge()
  }

  /** The voter that has most of the log, of those that are there. */
  furthest(): MemberId | null {
    const { seat, replication } = this
    let best: Progress | null = null
    for (const progress of replication.members.values()) {
      if (seat.log.electorate.roleOf(progress.id) !== 'voter' || !this.#isHeard(progress)) continue
      if (best === null || progress.match > best.match) best = progress
    }
    return best?.id ?? null
  }

  answered(from: MemberId, message: Message & { readonly type: 'appended' }): void {
    const { seat, replication } = this
    const progress = replication.members.get(from)
    // Nothing can be on disk there that was never sent.
    if (progress === undefined || (message.success && message.index > seat.log.lastIndex)) return
    progress.heardMs = seat.nowMs
    if (replication.answered(progress, message)) {
      if (seat.log.electorate.roleOf(from) === 'voter') this.#progressMs = seat.nowMs
      this.advance()
      this.#urge()
    }
    this.confirmReads()
  }

  /** Commits what a majority has on disk. */
  advance(): void {
    const { seat, replication } = this
    const index = this.reached()
    if (index <= seat.commitIndex || !this.mayCommit(index)) return
    const wasPending = seat.log.configurationIndex > seat.commitIndex
    seat.commitIndex = index
    if (wasPending && seat.log.configurationIndex <= index) replication.settled()
    replication.tellCommit()
    this.nextRound()
  }

  reached(): number {
    const { seat, replication } = this
    return seat.log.electorate.reached((id) =>
      id === seat.id ? seat.disk.durableIndex : (replication.members.get(id)?.match ?? 0),
    )
  }

  /** An entry of an older term may be on a majority and yet be replaced: it is committed by one of this term behind it. */
  mayCommit(index: number): boolean {
    return this.seat.log.termAt(index) === this.seat.term
  }

  /** Begins a round for the reads that wait. */
  nextRound(): void {
    const { reads, replication } = this
    if (!this.hasCommitted || !reads.open(replication.round + 1)) return
    replication.round++
    replication.ask()
    this.confirmReads()
  }

  confirmReads(): void {
    const { seat, reads, replication } = this
    const round = reads.openRound
    if (round === null) return
    const hasAnswered = (id: MemberId): boolean => id === seat.id || (replication.members.get(id)?.round ?? -1) >= round
    if (!seat.log.electorate.hasMajority(hasAnswered)) return
    reads.confirm()
    this.nextRound()
  }

  /** A heartbeat is due. False: this member must not lead any longer. */
  time(): boolean {
    const { seat, replication } = this
    const { heartbeatMs, electionTimeoutMs } = seat.settings
    const lateMs = seat.nowMs - this.deadlineMs
    if (lateMs < 0) return true
    this.deadlineMs = seat.nowMs + heartbeatMs
    // What came while this process was held up is still on its way in: silence counts from now.
    if (lateMs > electionTimeoutMs / 2) {
      for (const one of replication.members.values()) one.heardMs += lateMs
      this.#durableMs += lateMs
    }
    if (!this.hearsMajority()) return false
    if (this.#hasDiskStopped() && this.furthest() !== null) {
      this.resign()
      return false
    }
    if (this.isCaretaker && seat.nowMs - this.#progressMs > caretakerPatience * electionTimeoutMs) return false
    if (this.handover?.answered() === true) this.#endHandover()
    replication.heartbeat()
    this.#urge()
    return true
  }

  /** Nothing is promised that is not on disk, so leading on is safe; but what waits for the disk is kept, and no snapshot takes its place. */
  #hasDiskStopped(): boolean {
    const { nowMs, disk, log, settings } = this.seat
    if (disk.durableIndex >= log.lastIndex || disk.durableIndex !== this.#durableIndex) {
      this.#durableIndex = disk.durableIndex
      this.#durableMs = nowMs
    }
    return nowMs - this.#durableMs >= diskPatience * settings.electionTimeoutMs
  }

  hearsMajority(): boolean {
    const { seat, replication } = this
    return seat.log.electorate.hasMajority((id) => {
      const progress = replication.members.get(id)
      return id === seat.id || (progress !== undefined && this.#isHeard(progress))
    })
  }

  /** It is to lead no more: it is no voter, and that is committed, or its disk has stopped. The best of the others need not wait for a timeout. */
  resign(): void {
    const heir = this.furthest()
    if (heir !== null) this.seat.send(heir, { type: 'takeOver', term: this.seat.term })
  }

  #isHeard(progress: Progress): boolean {
    return progress.heardMs + this.seat.settings.electionTimeoutMs > this.seat.nowMs
  }

  #refusal(): Refusal | null {
    if (this.isCaretaker) return { why: 'not_leader', leader: null }
    return this.handover === null ? null : { why: 'transferring' }
  }

  /** Tells the one who is to lead to begin, when it has everything. */
  #urge(): void {
    const { seat, replication } = this
    const heir = this.isCaretaker ? this.furthest() : this.#heir
    if (heir === null || replication.members.get(heir)?.match !== seat.log.lastIndex) return
    seat.send(heir, { type: 'takeOver', term: seat.term })
  }

  #endHandover(): void {
    this.handover = null
    this.#heir = null
  }
}
