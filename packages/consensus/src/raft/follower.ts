/**
 * What a member does with what its leader sends: keeps its log the same as the leader's, as far as that is told.
 *
 * It answers with the last index that is the leader's and on disk. What is not on disk yet is answered when it is, at once only where the leader waits for the
 * answer of a round.
 */
import type { Entry, Message, Snapshot } from './interface.ts'
import type { Seat } from './seat.ts'

type Append = Message & { readonly type: 'append' }
type SnapshotMessage = Message & { readonly type: 'snapshot' }

export class Follower {
  readonly #seat: Seat
  /** The log is the leader's of this term up to here, at least. */
  #matchedIndex = 0
  #acknowledgedIndex = 0
  #round = 0
  #acknowledgedRound = 0

  constructor(seat: Seat) {
    this.#seat = seat
  }

  /** Another leader, or a new term: what matched is not known beyond what is committed, which all leaders have. */
  reset(): void {
    this.#matchedIndex = 0
    this.#acknowledgedIndex = 0
    this.#round = 0
    this.#acknowledgedRound = 0
  }

  append(message: Append): void {
    const seat = this.#seat
    const { log } = seat
    const { previous, entries } = message
    const upTo = previous.index + entries.length
    this.#round = Math.max(this.#round, message.round)
    // All that is committed is the same in every leader's log, whether it is still here or not.
    if (previous.index > seat.commitIndex && log.termAt(previous.index) !== previous.term) {
      return this.#refuse(previous.index, previous.term)
    }
    if (!this.take(entries)) return
    this.#matchedIndex = Math.max(this.#matchedIndex, upTo)
    seat.commitIndex = Math.max(seat.commitIndex, Math.min(message.commit, this.#matchedIndex))
    const isDurable = seat.disk.durableIndex >= this.#matchedIndex
    if (entries.length === 0 || isDurable || this.#round > this.#acknowledgedRound) this.acknowledge()
  }

  /** False: they contradict what is committed, so that whoever sent them is no leader of this group. */
  take(entries: readonly Entry[]): boolean {
    const seat = this.#seat
    const { log } = seat
    const fresh = entries.findIndex((entry) => entry.index > seat.commitIndex && log.termAt(entry.index) !== entry.term)
    if (entries.some((entry) => entry.index <= seat.commitIndex && this.#contradicts(entry))) return false
    if (fresh < 0) return true
    const added = fresh === 0 ? entries : entries.slice(fresh)
    const { index } = added[0]!
    if (index <= log.lastIndex) seat.truncateFrom(index)
    seat.append(added)
    return true
  }

  #contradicts(entry: Entry): boolean {
    const term = this.#seat.log.termAt(entry.index)
    return term !== undefined && term !== entry.term
  }

  /** Says where the leader might go on: no entry behind that can be the same. */
  #refuse(previousIndex: number, previousTerm: number): void {
    const { log, commitIndex, term } = this.#seat
    const index = Math.max(commitIndex, log.lastWithin(previousIndex, previousTerm))
    this.#answer({ success: false, index: index + 1, conflictTerm: log.termAt(index) ?? 0, term })
  }

  /** Tells the leader how far this member is. */
  acknowledge(): void {
    const { disk, term } = this.#seat
    this.#acknowledgedIndex = Math.min(disk.durableIndex, this.#matchedIndex)
    this.#acknowledgedRound = this.#round
    this.#answer({ success: true, index: this.#acknowledgedIndex, conflictTerm: 0, term })
  }

  /** More is on disk. */
  written(): void {
    const { disk, leader, role } = this.#seat
    if (role !== 'follower' || leader === null) return
    if (Math.min(disk.durableIndex, this.#matchedIndex) > this.#acknowledgedIndex) this.acknowledge()
  }

  snapshot(message: SnapshotMessage): void {
    const seat = this.#seat
    const { snapshot } = message
    this.#round = Math.max(this.#round, message.round)
    if (snapshot.index > seat.commitIndex) this.#install(snapshot)
    else if (seat.standing === 'witness') this.#shorten(snapshot)
    this.#matchedIndex = Math.max(this.#matchedIndex, snapshot.index)
    this.acknowledge()
  }

  #install(snapshot: Snapshot): void {
    const seat = this.#seat
    const { log, disk } = seat
    if (log.termAt(snapshot.index) === snapshot.term) {
      // All that it stands for is here: it is applied from the log, and what follows stays.
      seat.commitIndex = snapshot.index
      if (seat.standing === 'witness') this.#shorten(snapshot)
      return
    }
    if (snapshot.index <= log.lastIndex) seat.truncateFrom(snapshot.index)
    // Until the snapshot is saved nothing that was not committed counts as being on disk: it may be of another history.
    disk.forgetFrom(seat.commitIndex + 1)
    seat.install(snapshot)
    disk.installed(snapshot.index)
    log.replace(snapshot)
    seat.commitIndex = snapshot.index
    seat.appliedIndex = snapshot.index
  }

  /** A witness makes no snapshots of its own: the leader tells it what is not needed any more. */
  #shorten(snapshot: Snapshot): void {
    const seat = this.#seat
    const { log } = seat
    if (snapshot.index <= log.base.index || log.termAt(snapshot.index) !== snapshot.term) return
    seat.install(snapshot)
    log.compact(snapshot, 0)
    seat.appliedIndex = Math.max(seat.appliedIndex, snapshot.index)
  }

  #answer(answer: { success: boolean; index: number; conflictTerm: number; term: number }): void {
    const { leader, disk } = this.#seat
    if (leader === null) return
    const message: Message = { type: 'appended', ...answer, round: this.#round }
    // Whoever forgot the term would take entries of an older leader over those that it had said to have.
    if (disk.isBallotPending) this.#seat.promise(leader, message)
    else this.#seat.send(leader, message)
  }
}
