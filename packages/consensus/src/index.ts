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
export { startClient } from './client/client.ts'
export type { ConsensusErrorCode } from './errors.ts'
export { checkFence } from './lease/fence.ts'
export { startLeaseMember, type LeaseMemberOptions } from './lease/keeper.ts'
export {
  acquireLease,
  type HeldLease,
  type LeaseAnswer,
  type LeaseClient,
  type LeaseLost,
  type LeaseOptions,
  type LeaseOptionsOf,
} from './lease/lease.ts'
export {
  leaseGroup,
  type Lease,
  type LeaseCommand,
  type LeaseGroup,
  type LeaseQuery,
  type LeaseResult,
} from './lease/machine.ts'
export type { LeaseState } from './lease/leases.ts'
export type { Applied, AppliedAt, Machine } from './machine/machine.ts'
export { memberIdOf, nodeOfMember, raftGroup, type RaftGroup } from './member/group.ts'
export { startMember } from './member/member.ts'
export type {
  AppliedEvent,
  FollowerStatus,
  GroupMember,
  LogEnd,
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
export { MemoryStorage } from './storage/memory.ts'
export type { Owner, Storage, Stored } from './storage/storage.ts'
export { segmentStorage, type SegmentStorageOptions } from './storage/segments/segment-storage.ts'
