/**
 * `@agner/groups`: groups of nodes after SD Erlang's s_groups. Members of a group are meshed and share names; other connections are
 * made only when asked for, and bring nobody else.
 */
export { startGroups, type Groups, type GroupsOptions } from './groups.ts'
export type { GroupsErrorCode } from './errors.ts'
export type { Consistency, GroupChange, GroupsView, GroupView, KnownGroup } from './membership/view.ts'
