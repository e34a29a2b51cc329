/**
 * `@agner/groups`: groups of nodes after SD Erlang's s_groups. Members of a group are meshed and share names; other connections are
 * made only when asked for, and bring nobody else.
 */
export { startGroups } from './start.ts'
export type {
  ChangeOptions,
  ConfiguredGroup,
  GroupInfo,
  Groups,
  GroupsInfo,
  GroupsOptions,
  NewGroupOptions,
  RegisteredName,
} from './groups-interface.ts'
export type { GroupNodeDown, GroupNodeUp } from './membership/monitors.ts'
export type { Consistency, GroupChange, GroupsView, GroupView, KnownGroup } from './membership/view.ts'
export type { OperationCost } from './names/cost.ts'
export type { GroupNames, SyncOptions } from './names/group-names.ts'
export type { GroupsLimits, GroupsTimes } from './settings.ts'
export type { Reach, ReachOptions } from './reach.ts'
export type { FarAddress, FarDestination, GroupName } from './relay/address.ts'
export type { Relay, RelayOptions, RelayPath, RelayRequestOptions, RelayStats } from './relay/relay-interface.ts'
export type { RelayCounters, RelayLimits, RelayTimes } from './relay/limits.ts'
export type { Across, AcrossOptions, Where } from './across/across.ts'
export type { NamedInGroup } from './across/service.ts'
export type { Attributes, AttributesOptions, Choice, Explanation } from './attributes/attributes.ts'
export type { AttributeSource, Machine } from './attributes/machine.ts'
export {
  eq,
  ge,
  gt,
  isTrue,
  le,
  lt,
  ne,
  type AttributeValue,
  type Operator,
  type Predicate,
} from './attributes/predicates.ts'
export type { AttributesAnswer } from './attributes/service.ts'
export type { GroupsErrorCode } from './errors.ts'
