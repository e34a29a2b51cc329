/**
 * What a leader knows of one other member, and what it has sent there without an answer yet.
 *
 *     probe      where its log agrees is being looked for: one message at a time
 *     replicate  it agrees up to `match`; messages follow each other without waiting, up to the pipeline's length
 *     snapshot   it needs entries that are gone: nothing else until it has the snapshot
 */
import type { At, MemberId, Snapshot } from './interface.ts'

export class Progress {
  readonly id: MemberId
  state: 'probe' | 'replicate' | 'snapshot' = 'probe'
  /** Its log is the leader's up to here, and on disk. Never falls: what a member has promised it keeps. */
  match = 0
  /** The entry to send next. */
  next: number
  /** In `probe`: a message is under way. */
  isProbed = false
  /** In `replicate`: the last index of each message that is not answered. */
  readonly flight: number[] = []
  /** In `snapshot`: what was sent, and when, or when it got further there. */
  snapshot: At = { index: 0, term: 0 }
  snapshotMs = 0
  /** The whole of it, as long as it gets further: it is sent to its end, also when there is a newer one. */
  underWay: Snapshot | null = null
  /** It has got further since it was sent last. */
  #isFurther = false
  /** It is known to be there at this time. */
  heardMs: number
  /** The last round that it answered. */
  round = 0
  sentCommit = 0
  /** Of a witness: up to where it was told that entries may go. */
  trimmedIndex = 0
  /** It is no member any more, by the entry at this index; 0 of those that are. */
  removedAt = 0
  /** Until then it is told so. */
  departsAtMs: number = Number.POSITIVE_INFINITY

  constructor(id: MemberId, next: number, nowMs: number) {
    this.id = id
    this.next = next
    this.heardMs = nowMs
  }

  /** Everything up to an index is the leader's. @returns whether that is news. */
  matched(index: number): boolean {
    const isNews = index > this.match
    if (isNews) {
      this.match = index
      this.next = Math.max(this.next, index + 1)
      let done = 0
      while (done < this.flight.length && this.flight[done]! <= index) done++
      if (done > 0) this.flight.splice(0, done)
    }
    const agrees =
      (this.state === 'probe' && index >= this.next - 1) || (this.state === 'snapshot' && index >= this.snapshot.index)
    if (agrees) this.#turn('replicate', Math.max(this.match + 1, this.next))
    return isNews
  }

  /** It could not append. What is under way is lost, or will be refused as well. */
  probe(next: number): void {
    this.#turn('probe', Math.max(this.match + 1, next))
  }

  sentSnapshot(snapshot: Snapshot, nowMs: number): void {
    this.#turn('snapshot', snapshot.index + 1)
    this.snapshot = { index: snapshot.index, term: snapshot.term }
    this.snapshotMs = nowMs
    this.underWay = snapshot
  }

  /** More of the snapshot is there. */
  furthered(nowMs: number): void {
    if (this.state !== 'snapshot') return
    this.snapshotMs = nowMs
    this.#isFurther = true
  }

  /** Nothing came of the snapshot for a while: a piece of it may be lost. Twice in a row: there is no reason to stay with it. */
  halted(): void {
    if (!this.#isFurther) this.underWay = null
    this.#isFurther = false
  }

  #turn(state: Progress['state'], next: number): void {
    this.state = state
    this.next = next
    this.isProbed = false
    this.flight.length = 0
    this.underWay = null
    this.#isFurther = false
  }
}
