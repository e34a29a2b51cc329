/**
 * Who decides: the voters and witnesses of one configuration, and what a majority of them is. Immutable.
 */
import type { Configuration, MemberId, MemberRole } from './interface.ts'

export class Electorate {
  readonly configuration: Configuration
  /** Those that vote: voters and witnesses. */
  readonly voters: readonly MemberId[]
  readonly #roles: ReadonlyMap<MemberId, MemberRole>

  constructor(configuration: Configuration) {
    this.configuration = configuration
    this.voters = configuration.filter((member) => member.role !== 'learner').map((member) => member.id)
    this.#roles = new Map(configuration.map((member) => [member.id, member.role]))
  }

  /** Null: not a member. */
  roleOf(id: MemberId): MemberRole | null {
    return this.#roles.get(id) ?? null
  }

  votes(id: MemberId): boolean {
    const role = this.roleOf(id)
    return role === 'voter' || role === 'witness'
  }

  get majority(): number {
    return Math.floor(this.voters.length / 2) + 1
  }

  hasMajority(agrees: (id: MemberId) => boolean): boolean {
    let count = 0
    for (const id of this.voters) if (agrees(id)) count++
    return count >= this.majority
  }

  /** The highest index that a majority has reached. */
  reached(indexOf: (id: MemberId) => number): number {
    if (this.voters.length === 0) return 0
    const indexes = this.voters.map(indexOf).toSorted((a, b) => b - a)
    return indexes[this.majority - 1]!
  }
}
