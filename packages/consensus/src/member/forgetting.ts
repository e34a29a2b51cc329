/**
 * Which snapshot a member saves, and when: with it the log up to there goes.
 *
 *     so many entries are applied ──► a snapshot is made ──► saved at once
 *                                                      └──► held until whoever copies what is applied has said that it may go
 *
 * One that is held is the state of the moment in which it was made: what is said later on lets just that one go. The next is made when it is saved.
 */
import type { Snapshot } from '../raft/interface.ts'
import type { MemberLimits } from './member-interface.ts'

export interface ForgettingOptions {
  /** What storage began with. */
  readonly saved: number
  /** Nothing goes before it was said that it may. */
  readonly waits: boolean
  readonly limits: Pick<MemberLimits, 'snapshotEntries' | 'heldEntries'>
}

export class Forgetting {
  readonly #limits: ForgettingOptions['limits']
  #saved: number
  #mayUpTo: number
  #held: Snapshot | null = null
  #isSaving = false

  constructor({ saved, waits, limits }: ForgettingOptions) {
    this.#saved = saved
    this.#mayUpTo = waits ? 0 : Infinity
    this.#limits = limits
  }

  /** The last entry of the snapshot that it would begin with. */
  get saved(): number {
    return this.#saved
  }

  mayForget(index: number): void {
    this.#mayUpTo = Math.max(this.#mayUpTo, index)
  }

  /** The snapshot that is to be saved now; null if there is none. */
  take(applied: number, make: () => Snapshot): Snapshot | null {
    if (this.#isSaving) return null
    const entries = applied - this.#saved
    if (this.#held === null) {
      if (entries < this.#limits.snapshotEntries) return null
      this.#held = make()
    }
    if (this.#held.index > this.#mayUpTo && entries < this.#limits.heldEntries) return null
    const snapshot = this.#held
    this.#held = null
    this.#isSaving = true
    return snapshot
  }

  /** One of this member's own is on disk. */
  done(index: number): void {
    this.#isSaving = false
    this.#saved = Math.max(this.#saved, index)
  }

  /** The leader's took the place of everything. */
  replaced(index: number): void {
    this.#saved = index
    this.#held = null
  }
}
