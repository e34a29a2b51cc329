/** What a member can say of itself and, as a leader, of the others. */
import type { Configuration, MemberId, MemberRole, Role } from './interface.ts'
import type { Leadership } from './leadership.ts'
import type { Seat } from './seat.ts'

export interface RaftStatus {
  readonly id: MemberId
  readonly role: Role
  readonly term: number
  readonly leader: MemberId | null
  /** Committed, as far as is known here. */
  readonly commitIndex: number
  readonly lastIndex: number
  /** On disk here. */
  readonly durableIndex: number
  readonly snapshotIndex: number
  /** In force, committed or not. */
  readonly configuration: Configuration
  readonly configurationIndex: number
  /** Of a leader: the others. Empty elsewhere. */
  readonly followers: readonly RaftFollower[]
}

export interface RaftFollower {
  readonly id: MemberId
  /** Null: it was removed, and is still told so. */
  readonly role: MemberRole | null
  readonly match: number
  readonly state: 'probe' | 'replicate' | 'snapshot'
  readonly heardMs: number
}

export function statusOf(
  { id, role, term, leader, commitIndex, log, disk }: Seat,
  leadership: Leadership | null,
): RaftStatus {
  const others = [...(leadership?.replication.members.values() ?? [])]
  return {
    id,
    role,
    term,
    leader,
    commitIndex,
    lastIndex: log.lastIndex,
    durableIndex: disk.durableIndex,
    snapshotIndex: log.snapshot?.index ?? 0,
    configuration: log.electorate.configuration,
    configurationIndex: log.configurationIndex,
    followers: others.map((other) => ({
      id: other.id,
      role: log.electorate.roleOf(other.id),
      match: other.match,
      state: other.state,
      heardMs: other.heardMs,
    })),
  }
}
