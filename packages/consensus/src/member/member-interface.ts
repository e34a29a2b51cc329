/**
 * A member of a group, as its owner sees it: `startMember` of `member.ts` starts one.
 */
import type { AnyProcess } from '@agner/core'
import type { ServerPid } from '@agner/behaviours'
import type { Machine } from '../machine/machine.ts'
import type { Configuration, MemberId, MemberRole, RaftSettings, Role } from '../raft/interface.ts'
import type { Storage } from '../storage/storage.ts'
import type { MemberApi } from './member.api.ts'

export type MemberPid = ServerPid<MemberApi>

export interface MemberOptions<Command, Result, State, Query = never, Answer = never> {
  readonly machine: Machine<Command, Result, State, Query, Answer>
  /**
   * Where the log is kept. With one, the member's id is the node's name, and a start after a crash goes on where it was. Default: memory, and the id is
   * `node#incarnation`: each life of the node is another member, which somebody adds (`addMember`) in the place of the old one.
   */
  readonly storage?: Storage
  /**
   * With memory: counts the members of this group that there were on this node in its present life, see `memberIdOf`. One that has ended is refused with
   * `consensus.forgotten` when it is started again; the next life takes its place, without `founders`. With `storage` it is refused. Default 0.
   */
  readonly life?: number
  /**
   * The members that found the group, this one among them, each id once, and a voter; all founders are given the same. Without it the member waits until the group has added it. What
   * storage has counts more: then this is passed over. A member whose storage was lost must not start again under its id, with or without them: it has forgotten
   * what it acknowledged, and the group may lose that.
   */
  readonly founders?: Configuration
  /** This one of the founders begins the first election within `heartbeatMs`, and not after a timeout. To be said of one of them. */
  readonly isFirst?: boolean
  /** A member that is added later, as a witness, says so here; of a founder its role says it. It keeps no state. Default false. */
  readonly isWitness?: boolean
  /**
   * False: it sends to nodes that are connected, and to no others; whoever starts it keeps the connections. Default true: a message makes a connection, as every
   * send does.
   */
  readonly connects?: boolean
  /**
   * `atOnce` (the default): entries go when a snapshot stands for them. `whenTold`: not before {@link GroupMember.mayForget} has said so, for a member whose owner
   * copies what is applied to somewhere else: after a crash of both it finds there what it lacks. Up to `limits.heldEntries`.
   */
  readonly forgets?: 'atOnce' | 'whenTold'
  readonly settings?: Partial<RaftSettings>
  readonly limits?: Partial<MemberLimits>
}

export interface MemberLimits {
  /** Entries that are applied between two snapshots. Default 4,096. */
  readonly snapshotEntries: number
  /** Entries that are kept for an owner that has not said yet that they may go; then they go all the same. Only with `forgets: 'whenTold'`. Default 65,536. */
  readonly heldEntries: number
  /** Sessions of clients in the group; the one that was used least recently is dropped, and refused from then on. Default 1,024. The leader's counts. */
  readonly sessions: number
  /** Results kept for each session until its client has them. Default 1,024. The leader's counts, when the session is opened. */
  readonly resultsPerSession: number
  /** Requests of clients that wait here for their result; more are refused as busy. Default 16,384. */
  readonly waiting: number
}

/** What a member knows; of the others only a leader does. */
export interface MemberStatus {
  readonly group: string
  readonly id: MemberId
  readonly role: Role
  readonly term: number
  /** Whom it takes for the leader. */
  readonly leader: MemberId | null
  /** The members as the last entry of its log has them, committed or not. */
  readonly members: Configuration
  /** That entry; or, where it is older than what the log begins with, where the log begins. */
  readonly membersAt: number
  /** The last entry that it knows to be committed. */
  readonly commit: number
  /** The last entry of its log. */
  readonly last: number
  /** The last entry that is applied here; of a witness, that which it need not keep. */
  readonly applied: number
  /** The last entry of the snapshot that it would begin with. */
  readonly snapshot: number
  /** Of a leader, for each other member: entries that it is known to have, and how many it lacks. Empty of the others. */
  readonly followers: readonly FollowerStatus[]
  readonly sessions: number
  /** Requests of clients that wait for their result. */
  readonly waiting: number
}

export interface FollowerStatus {
  readonly id: MemberId
  readonly role: MemberRole
  /** The last entry that it has on disk, as far as the leader knows. */
  readonly match: number
  /** Entries between that and the end of the leader's log. */
  readonly lag: number
}

/** What has been applied here, in the order of the log, told after the state has it. */
export type AppliedEvent<Command, Result> =
  /** Told once for a command, however often it was sent. A result that cannot be sent is told as an error, `consensus.result_unsendable`. */
  | { readonly type: 'command'; readonly index: number; readonly command: Command; readonly result: Result }
  /** The members changed, and that is committed. */
  | { readonly type: 'configuration'; readonly index: number; readonly configuration: Configuration }
  /** The whole state was replaced, by storage or by the leader: look at it anew. */
  | { readonly type: 'snapshot'; readonly index: number; readonly configuration: Configuration }

/** The last entry of a log, and what its machine is with all of it. */
export interface LogEnd<State> {
  readonly index: number
  readonly term: number
  readonly state: State
}

export interface RoleEvent {
  readonly role: Role
  readonly term: number
  readonly leader: MemberId | null
}

/** The messages that a process gets which watches a member. */
export type MemberEvent<Command = unknown, Result = unknown> =
  | { readonly type: 'raftRole'; readonly group: string; readonly event: RoleEvent }
  | { readonly type: 'raftApplied'; readonly group: string; readonly event: AppliedEvent<Command, Result> }

/**
 * A member that runs on this node. Callbacks run within the member's process: they must be short, and what they throw ends the member.
 */
export interface GroupMember<Command, Result, State> {
  readonly group: string
  readonly id: MemberId
  readonly pid: MemberPid
  status(): MemberStatus
  /** The machine's state as it is applied here, which may lag behind the group's; by reference, not to be changed. */
  state(): { readonly state: State; readonly index: number }
  /**
   * The end of this member's log, and what the machine would be if all of it were committed. For those who found a group anew when its majority is gone for
   * good: of all that are left, the member whose end has the highest term, and in that the highest index, has everything that was ever acknowledged, as long as
   * one of those who had it is left. What is applied may lack the last of it.
   */
  ahead(): LogEnd<State>
  /** Calls back when this member's role, term or leader changes. Returns what ends that. */
  onRole(callback: (event: RoleEvent) => void): () => void
  /** Calls back for everything that is applied here from now on. Returns what ends that. */
  onApplied(callback: (event: AppliedEvent<Command, Result>) => void): () => void
  /**
   * Sends a process of this node {@link MemberEvent}s: first one of each kind that says how things stand (`snapshot` of what is applied), then each change, until the process
   * is dead or it is called with `false`.
   *
   * With `{ after }`, the index of the last entry of which the process knows what came, it is told all commands and configurations since then, and each once: it
   * gets no `snapshot` first, unless a snapshot has taken the place of some of them already. That applies once more what is behind the snapshot, which takes as
   * long as it took the first time.
   *
   * The end of the member is told to those only who link to its `pid`, or monitor it.
   *
   * @throws `consensus.member_ended`, or `consensus.bad_option` for what is no process of this node, or no index.
   */
  watch(process: Pick<AnyProcess, 'pid'>, how?: boolean | { readonly after: number }): void
  /** With `forgets: 'whenTold'`: entries up to this one may go. What was said before stays said; not remembered over a start. */
  mayForget(index: number): void
  /**
   * Proposes a command as this member, if it leads; nothing happens if it does not, and whether it was applied is not told: for commands that do no harm when
   * they come twice, or not at all. One that is too large for the log, or cannot be in it, is not proposed.
   */
  proposeHere(command: Command): void
  /** Resolves when the process has ended and its storage is closed; at once if it has. It remains a member: see `removeMember` of a client. */
  stop(): Promise<void>
}
