/** The groups of a node, as its users see them. */
import type { AnyPid } from '@agner/core'
import type { RaftSettings } from '@agner/consensus'
import type { RegisterOptions } from '@agner/global'
import type { Consistency, GroupsView, GroupView } from './membership/view.ts'
import type { Caller, GroupNames, SyncOptions } from './names/group-names.ts'
import type { OperationCost } from './names/cost.ts'
import type { Reach, ReachOptions } from './reach.ts'
import type { GroupsLimits, GroupsTimes } from './settings.ts'

/** A group of the configuration. */
export interface ConfiguredGroup {
  readonly nodes: readonly string[]
  /** Default `merge`. */
  readonly mode?: Consistency
}

export interface GroupsOptions extends ReachOptions {
  /**
   * The groups that there are from the beginning, by name, with the names of their nodes. Give all nodes the same table. Those without this node are kept for
   * information. Once a majority of a group's nodes has met, it can be changed like any other.
   */
  readonly groups?: Readonly<Record<string, readonly string[] | ConfiguredGroup>>
  /**
   * What this node is while it is in no group. `hidden` (the default): it is on its own. `normal`: free normal nodes that are connected to each other mesh and
   * share the {@link Groups.free} names.
   */
  readonly free?: 'normal' | 'hidden'
  /** How often members that are not connected are dialled; a random part is added. Default 500 ms. */
  readonly redialMs?: number
  readonly times?: Partial<GroupsTimes>
  readonly limits?: Partial<GroupsLimits>
  /** Of the groups' logs; the same on all nodes. Default: elections after 2,000 ms, heartbeats every 500. */
  readonly raft?: Partial<RaftSettings>
}

export interface ChangeOptions {
  /**
   * Milliseconds for all of it: asking and connecting nodes, deciding, telling those who are concerned. If it is not decided by then it fails. Default 10,000; Infinity: it
   * does not, as long as this node is in the group.
   */
  readonly timeoutMs?: number
  /** What happens when a node cannot be had: `refuse` (the default) the whole, or `leave_out` that node. */
  readonly ifMissing?: 'refuse' | 'leave_out'
}

export interface NewGroupOptions extends ChangeOptions {
  /** How its names are agreed on. Default `merge`. */
  readonly mode?: Consistency
}

/** How one own group stands. */
export interface GroupInfo {
  readonly view: GroupView
  /** `configured`: no log yet. `founded`: it has one. `founding`: one is being made. */
  readonly state: 'configured' | 'founding' | 'founded'
  /** Members that share its names with this node now, this one among them. */
  readonly present: readonly string[]
  /** Members that are not connected. */
  readonly missing: readonly string[]
  /** The node that leads its log, as far as this one knows. */
  readonly leader: string | null
  /** Those who vote on its log, as this node has applied. */
  readonly voters: readonly string[]
}

export interface GroupsInfo {
  readonly node: string
  readonly isFree: boolean
  readonly groups: readonly GroupInfo[]
  readonly others: readonly GroupView[]
  /** Connections that were closed because no group needed them any more. */
  readonly closedConnections: number
  readonly monitors: number
  readonly reservations: number
}

export interface RegisteredName {
  readonly group: string
  readonly name: string
}

export interface Groups extends Reach {
  /** What the layers above read. */
  readonly view: GroupsView
  /** The names that free normal nodes share; null while this node is in a group, or hidden. */
  readonly free: GroupNames | null

  // — groups —

  /**
   * Founds a group. All nodes agree to be in it, this one among them, and it exists once a majority of them has its first entry: then it is in force here, and
   * soon at the others. A name of null makes a random one (s_group:new_s_group/1,2).
   *
   * Rejects with `groups.bad_group`, `groups.bad_option` (as all that change a group), `groups.not_among_nodes`, `groups.name_in_use`, `groups.unreachable`, `groups.too_many`, `groups.no_majority`, `groups.stopped` (as all that change a group).
   */
  newGroup(group: string | null, nodes: readonly string[], options?: NewGroupOptions): Promise<GroupView>
  /**
   * Deletes an own group: its names are gone, its members leave it, and those in no other group are free (s_group:delete_s_group/1).
   *
   * Rejects with `groups.not_a_member`, `groups.no_majority`, `groups.unknown_outcome`.
   */
  deleteGroup(group: string, options?: Pick<ChangeOptions, 'timeoutMs'>): Promise<void>
  /**
   * Adds nodes to an own group, all in one step. Those that are in it already are passed over. Resolves with the group as it is then, which the new nodes learn at
   * once (s_group:add_nodes/2). Rejects as `newGroup`, and with `groups.unknown_outcome`.
   */
  addNodes(group: string, nodes: readonly string[], options?: ChangeOptions): Promise<GroupView>
  /**
   * Removes nodes from an own group, all in one step, connected or not; this node may be among them, and leaves. The names of their processes in the group go with
   * them. Those that are not in it are passed over (s_group:remove_nodes/2).
   *
   * Rejects with `groups.not_a_member`, `groups.last_member`, `groups.no_majority`, `groups.unknown_outcome`.
   */
  removeNodes(group: string, nodes: readonly string[], options?: Pick<ChangeOptions, 'timeoutMs'>): Promise<GroupView>
  /**
   * For an operator who knows that a majority of a group is gone for good: founds its next generation with the members that are connected, from the newest state
   * among them. Those who are gone stay members until they are removed. If the others live after all, what they did meanwhile is lost when they meet this one. Rejects with `groups.not_a_member`, `groups.no_majority`.
   */
  reform(group: string, options?: Pick<ChangeOptions, 'timeoutMs'>): Promise<GroupView>

  // — what there is —

  /** The groups that this node is in. */
  own(): string[]
  /** Own groups, and others that this node knows of (s_group:s_groups/0). */
  groups(): { readonly own: string[]; readonly others: string[] }
  /** Own groups with their members (s_group:own_s_groups/0). */
  ownGroups(): Record<string, readonly string[]>
  /** The members of an own group; of all own groups; or, on a free node, the free nodes it knows. Empty if the group is no own one (s_group:own_nodes/0,1). */
  ownNodes(group?: string): string[]
  /** All members of a group that this node knows of, connected or not; empty for an unknown group. */
  members(group: string): readonly string[]
  /** The members of an own group that share its names now, this node among them. @throws `groups.not_a_member` */
  present(group: string): string[]
  info(): GroupsInfo
  /** What each operation on an own group's names costs now, in messages between nodes. @throws `groups.not_a_member` */
  cost(group: string): readonly OperationCost[]
  /**
   * Resolves with true once all members of an own group that are given (default: every one) share its names with this node; with false after
   * `timeoutMs` (default 5,000; Infinity waits for ever). @throws `groups.not_a_member`, `groups.bad_option`
   */
  sync(group: string, options?: SyncOptions): Promise<boolean>
  /**
   * Sends a process `{ type: 'nodeup', node, group }` and `{ type: 'nodedown', node, group, reason }` for members of that group alone, until it is dead or `on` is
   * false. Without a group: for members of all own groups, or on a free node for all visible nodes; the messages have no `group` then. Subscriptions are counted
   * (s_group:monitor_nodes/1). @throws `groups.too_many`
   */
  monitorNodes(process: { readonly pid: AnyPid }, options?: { readonly group?: string; readonly on?: boolean }): void

  // — connections —

  /** Connects to a node for its own sake: the connection stays when no group needs it any more. False if it cannot be made. */
  connect(node: string): Promise<boolean>
  /** Takes back what `connect` of this node asked for: the connection is closed soon, if no group needs it and the other node has not asked for it too. */
  release(node: string): void

  // — names —

  /** The process of a name in an own group, as this node knows it. @throws `groups.not_a_member` */
  whereis(group: string, name: string): AnyPid | undefined
  names(group: string): string[]
  /** Names of an own group, or the names that processes of a node have in own groups (s_group:registered_names/1). @throws `groups.no_information` */
  registeredNames(of: { readonly group: string } | { readonly node: string }): RegisteredName[]
  /**
   * Gives a process of a member a name in an own group. False if the name is taken there, or the process has another name there; it may have names in several
   * groups. In mode `merge` every member that can be reached knows it then, and `resolve` says what becomes of it when two sides of a partition have given it; in
   * mode `agree` a majority has it, and this node.
   *
   * Rejects with `groups.not_a_member`; in mode `merge` with the errors of `@agner/global`; in mode `agree` with `groups.no_majority`, `groups.unknown_outcome`,
   * `groups.too_many`, `groups.bad_option`, and `global.bad_name` as in the other.
   */
  register(from: Caller, group: string, name: string, pid: AnyPid, options?: RegisterOptions): Promise<boolean>
  /** As `register`, taking the name away from whoever has it. */
  reregister(from: Caller, group: string, name: string, pid: AnyPid, options?: RegisterOptions): Promise<boolean>
  /** False if nobody had it. Rejects as `register`. */
  unregister(from: Caller, group: string, name: string): Promise<boolean>
  /** @throws `groups.not_a_member`, `groups.no_such_name` */
  send(from: Caller, group: string, name: string, message: unknown): void
  /** Ends it, in its own time: `startGroups` on this node waits until it has. */
  stop(): void
}
