/**
 * How a leader brings its log to the others: in batches, several under way at once, backing up fast where a log differs, and by snapshot where the entries are
 * gone.
 *
 * Everything that it sends may be lost, doubled or late. A heartbeat names the entry before the next one, so a member that has missed something refuses it, and
 * sending goes on from there.
 */
import type { Electorate } from './electorate.ts'
import type { At, Entry, MemberId, Message, Snapshot } from './interface.ts'
import { Progress } from './progress.ts'
import type { Seat } from './seat.ts'

type Appended = Message & { readonly type: 'appended' }

/** A snapshot takes its time: it is sent anew when it has got no further for this many election timeouts. */
const snapshotPatience = 4
/** For this many election timeouts one that was removed is told so. */
const farewellPatience = 4

export class Replication {
  readonly seat: Seat
  readonly members: Map<MemberId, Progress> = new Map()
  /** Counts what is asked for reads; each message carries the latest. */
  round = 0

  constructor(seat: Seat) {
    this.seat = seat
    const { log } = seat
    if (log.configurationIndex > seat.commitIndex) this.#add(log.previousElectorate)
    this.#add(log.electorate)
    this.#markRemoved()
  }

  /** A change was appended. Those that leave are brought up to it, and told. */
  changed(): void {
    const { log } = this.seat
    for (const { id } of log.electorate.configuration) {
      // One that left and comes again may have lost its log: nothing that was known of it holds.
      if ((this.members.get(id)?.removedAt ?? 0) > 0) this.members.delete(id)
    }
    this.#add(log.electorate)
    this.#markRemoved()
  }

  #markRemoved(): void {
    const { electorate, configurationIndex } = this.seat.log
    for (const progress of this.members.values()) {
      if (progress.removedAt === 0 && electorate.roleOf(progress.id) === null) progress.removedAt = configurationIndex
    }
  }

  /** The change is committed. */
  settled(): void {
    const { nowMs, settings } = this.seat
    for (const progress of this.members.values()) {
      if (progress.removedAt === 0 || progress.departsAtMs !== Number.POSITIVE_INFINITY) continue
      progress.departsAtMs = nowMs + farewellPatience * settings.electionTimeoutMs
    }
  }

  /** Somebody who thinks to be a member asks something: whoever was removed while it was away comes to know it so. False: it is a member. */
  dismiss(id: MemberId): boolean {
    const { seat } = this
    const { configurationIndex, electorate } = seat.log
    if (electorate.roleOf(id) !== null) return false
    if (configurationIndex <= seat.commitIndex) this.#tellRemoved(id, configurationIndex)
    return true
  }

  /** Sends everybody what there is for it. */
  replicate(): void {
    for (const progress of this.members.values()) this.#replicateTo(progress)
  }

  heartbeat(): void {
    const { nowMs } = this.seat
    for (const progress of this.members.values()) {
      if (nowMs < progress.departsAtMs) {
        this.#heartbeatTo(progress)
        this.#dismissIfDone(progress)
      } else {
        this.members.delete(progress.id)
        this.#tellRemoved(progress.id, progress.removedAt)
      }
    }
    this.#trimWitnesses()
  }

  /** Asks all voters for a sign of this round. */
  ask(): void {
    const { electorate } = this.seat.log
    for (const progress of this.members.values()) if (electorate.votes(progress.id)) this.#sign(progress)
  }

  /** Tells the others what is committed, where no other message will soon. */
  tellCommit(): void {
    for (const progress of this.members.values()) {
      this.#tellCommitTo(progress)
      this.#dismissIfDone(progress)
    }
  }

  /** An answer came. @returns whether a member has got further. */
  answered(progress: Progress, message: Appended): boolean {
    progress.round = Math.max(progress.round, Math.min(message.round, this.round))
    if (message.success) {
      const isNews = progress.matched(message.index)
      this.#replicateTo(progress)
      this.#tellCommitTo(progress)
      if (isNews) this.#dismissIfDone(progress)
      return isNews
    }
    const next = this.seat.log.lastWithin(message.index - 1, message.conflictTerm) + 1
    // Of a message that was overtaken: what is under way is no further than this would be.
    const isStale = progress.state === 'snapshot' || (progress.state === 'probe' && next >= progress.next)
    if (isStale) return false
    progress.probe(next)
    this.#replicateTo(progress)
    return false
  }

  /** It has the entry that removes it, and was told that this is committed. */
  #dismissIfDone({ id, removedAt, match, departsAtMs }: Progress): void {
    if (removedAt > 0 && match >= removedAt && departsAtMs !== Number.POSITIVE_INFINITY)
      this.#tellRemoved(id, removedAt)
  }

  #tellRemoved(id: MemberId, index: number): void {
    this.seat.send(id, { type: 'removed', term: this.seat.term, index })
  }

  #add({ configuration }: Electorate): void {
    const { id, log, nowMs } = this.seat
    for (const member of configuration) {
      if (member.id === id || this.members.has(member.id)) continue
      this.members.set(member.id, new Progress(member.id, log.lastIndex + 1, nowMs))
    }
  }

  #replicateTo(progress: Progress): void {
    const { log, settings } = this.seat
    if (progress.state === 'probe' && !progress.isProbed) {
      if (this.#append(progress, true) !== null) progress.isProbed = true
      return
    }
    while (
      progress.state === 'replicate' &&
      progress.next <= log.lastIndex &&
      progress.flight.length < settings.pipeline
    ) {
      const last = this.#append(progress, true)
      if (last === null) return
      progress.next = last + 1
      progress.flight.push(last)
    }
  }

  #heartbeatTo(progress: Progress): void {
    const { nowMs, settings } = this.seat
    if (progress.state === 'snapshot') {
      const isHalted = nowMs - progress.snapshotMs >= snapshotPatience * settings.electionTimeoutMs
      if (isHalted) progress.halted()
      // To whoever is gone none is sent: it would be kept for nobody.
      if (isHalted && progress.heardMs + settings.electionTimeoutMs > nowMs) this.#snapshot(progress)
      else this.#sign(progress)
    } else {
      // A probe that was lost, too, is followed by one without entries: what cannot be carried must not make the leader unheard.
      this.#sign(progress)
    }
  }

  /** A message without entries: there is a leader, and this is its round. */
  #sign(progress: Progress): void {
    if (progress.state === 'snapshot') this.#message(progress, progress.snapshot, [])
    else this.#append(progress, false)
  }

  #tellCommitTo(progress: Progress): void {
    const isQuiet = progress.state === 'replicate' && progress.flight.length === 0
    if (isQuiet && progress.sentCommit < Math.min(this.seat.commitIndex, progress.match)) this.#sign(progress)
  }

  /** @returns the last index that it sent; null when what would be needed is gone, and the snapshot was sent. */
  #append(progress: Progress, hasEntries: boolean): number | null {
    const { log, settings } = this.seat
    const index = progress.next - 1
    const term = log.termAt(index)
    if (term === undefined) {
      this.#snapshot(progress)
      return null
    }
    const entries = hasEntries ? log.batch(progress.next, settings.batchEntries, settings.batchBytes) : []
    this.#message(progress, { index, term }, entries)
    return index + entries.length
  }

  #message(progress: Progress, previous: At, entries: readonly Entry[]): void {
    const { seat, round } = this
    const commit = seat.commitIndex
    progress.sentCommit = commit
    seat.send(progress.id, { type: 'append', term: seat.term, previous, entries, commit, round })
  }

  #snapshot(progress: Progress): void {
    const { seat } = this
    const snapshot = progress.underWay ?? this.snapshotFor(progress.id)
    if (snapshot === null) {
      // A witness that has no state to hand on can only be heard: the next heartbeat asks anew.
      progress.probe(seat.log.lastIndex + 1)
      progress.isProbed = true
      return
    }
    progress.sentSnapshot(snapshot, seat.nowMs)
    seat.send(progress.id, { type: 'snapshot', term: seat.term, snapshot, round: this.round })
  }

  /** The oldest snapshot that is under way: what is behind it will be needed. Infinity: none is. */
  get underWayIndex(): number {
    let oldest = Number.POSITIVE_INFINITY
    for (const { underWay } of this.members.values()) oldest = Math.min(oldest, underWay?.index ?? oldest)
    return oldest
  }

  /** A witness needs no state, unless it might have to hand that on to a voter. */
  snapshotFor(id: MemberId): Snapshot | null {
    const { seat } = this
    const { snapshot, electorate } = seat.log
    if (snapshot === null) return null
    if (electorate.roleOf(id) === 'witness') {
      return this.votersHave(snapshot.index) ? { ...snapshot, state: null } : snapshot
    }
    return seat.standing === 'witness' && snapshot.state === null ? null : snapshot
  }

  /** Whether each voter, not counting witnesses, has got as far. */
  votersHave(index: number): boolean {
    const { id, disk, log } = this.seat
    return log.electorate.configuration.every(
      (member) =>
        member.role !== 'voter' ||
        (member.id === id ? disk.durableIndex : (this.members.get(member.id)?.match ?? 0)) >= index,
    )
  }

  /** Witnesses keep the log until each voter has the entries itself, since nobody else may be left to hand them on. */
  #trimWitnesses(): void {
    const { seat } = this
    const { snapshot, electorate } = seat.log
    if (snapshot === null || !this.votersHave(snapshot.index)) return
    for (const progress of this.members.values()) {
      const isDue = progress.trimmedIndex < snapshot.index && progress.match >= snapshot.index
      if (!isDue || electorate.roleOf(progress.id) !== 'witness') continue
      progress.trimmedIndex = snapshot.index
      const message: Message = {
        type: 'snapshot',
        term: seat.term,
        snapshot: { ...snapshot, state: null },
        round: this.round,
      }
      seat.send(progress.id, message)
    }
  }
}
