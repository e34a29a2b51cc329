/**
 * `@agner/consensus`: one Raft, for what must be decided by a majority or not at all.
 */
export type {
  AskOptions,
  ClientLimits,
  ClientOptions,
  GroupClient,
  GroupStatus,
  LocalAnswer,
} from './client/client-interface.ts'
export type { ConsensusErrorCode } from './errors.ts'
export type { Applied, AppliedAt, Machine } from './machine/machine.ts'
export { memberIdOf, nodeOfMember, raftGroup, type RaftGroup } from './member/group.ts'
export type {
  AppliedEvent,
  FollowerStatus,
  GroupMember,
  MemberEvent,
  MemberLimits,
  MemberOptions,
  MemberPid,
  MemberStatus,
  RoleEvent,
} from './member/member-interface.ts'
export type {
  Ballot,
  Configuration,
  Entry,
  Member,
  MemberId,
  MemberRole,
  RaftSettings,
  Role,
  Snapshot,
  Write,
} from './raft/interface.ts'
export type { Storage, Stored } from './storage/storage.ts'
