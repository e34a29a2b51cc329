/**
 * `@agner/groups`: groups of nodes after SD Erlang's s_groups. Members of a group are meshed and share names; other connections are
 * made only when asked for, and bring nobody else.
 */
export { startGroups } from './groups.ts'
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
export type { GroupsErrorCode } from './errors.ts'
