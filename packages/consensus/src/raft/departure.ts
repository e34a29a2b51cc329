/**
 * How a member comes to know that it is none any more.
 *
 * Its own log cannot say so: the entry that adds it again may be on its way. A leader says it to those that it removes, and to whoever asks and is no member.
 */
import type { Seat } from './seat.ts'

export class Departure {
  readonly #seat: Seat
  /** By what is committed: a change that is taken back made nobody a member. */
  #wasMember = false
  /** The latest entry that is known to have removed this member. */
  #removedAt = 0

  constructor(seat: Seat) {
    this.#seat = seat
  }

  /** More may be committed. */
  look(): void {
    const { log, id, commitIndex } = this.#seat
    if (!this.#wasMember) this.#wasMember = log.hadMember(id, commitIndex)
  }

  /**
   * A leader of this term says so, by the configuration at this index. One that never was a member goes on waiting to be added; one that was may hear it late, when
   * it has been added again.
   */
  told(term: number, index: number): void {
    const { log, id, term: ownTerm } = this.#seat
    const { configurationIndex } = log
    if (!this.#wasMember || term < ownTerm) return
    const isLater = log.electorate.roleOf(id) !== null && configurationIndex > index
    if (!isLater || (log.termAt(configurationIndex) ?? term) < term) this.removed(index)
  }

  removed(index: number): void {
    if (index <= this.#removedAt) return
    this.#removedAt = index
    this.#seat.emit({ type: 'removed' })
  }
}
