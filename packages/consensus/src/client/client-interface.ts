/**
 * A client of a group: `startClient` of `client.ts` starts one. It finds the leader from any member, follows it when it changes, and sends again until it knows
 * what came of a command, under a session that keeps it from being applied twice.
 */
import type { AnyPid, AnyProcess, Node } from '@agner/core'
import type { MemberStatus } from '../member/member-interface.ts'
import type { Configuration, MemberId, MemberRole } from '../raft/interface.ts'

/** Who asks: a process, or the node for code outside any. */
export type Caller = AnyProcess | Node

export interface ClientOptions {
  /** Nodes to ask first, by name: one that can be reached is enough. The others are learned. This node is always asked. */
  readonly nodes?: readonly string[]
  /** Milliseconds that a request waits when it says nothing itself, from 0 up, or Infinity. Default 5,000. */
  readonly timeoutMs?: number
  /** Whether a node may be sent to; one that may not counts as one that is not there. Default: every node may, and a connection is made to it. */
  readonly reaches?: (node: string) => boolean
  readonly limits?: Partial<ClientLimits>
}

export interface ClientLimits {
  /** Requests under way at once; those above it wait. Default 512; not more than a session keeps results for. */
  readonly underWay: number
  /**
   * Requests that wait for their turn, and as many again that need no leader (`readLocal`, `status`) and have no answer yet; more are refused with
   * `consensus.client_full`. Those of who has ended, or given up, do not count. Default 16,384.
   */
  readonly waiting: number
  /** Milliseconds that one member may take before another is asked. Default 2,000. */
  readonly attemptMs: number
  /** Milliseconds before it is asked again when no member leads; twice as many each time, up to 16 times, and a random part. Default 20. */
  readonly retryMs: number
}

export interface AskOptions {
  /** Milliseconds until it fails, from 0 up; Infinity waits for ever. */
  readonly timeoutMs?: number
}

/** What a member has, without asking the others whether it is still so. */
export interface LocalAnswer<Answer> {
  readonly answer: Answer
  /** The member that answered, and the entry up to which it had applied. It may be behind by any amount. */
  readonly member: MemberId
  readonly applied: number
  readonly isStale: true
}

/** A member's status, and all members as the leader has them. */
export interface GroupStatus extends MemberStatus {
  /** False if no leader answered: then this is what some member knows. */
  readonly fromLeader: boolean
}

/** What cannot be meant is rejected at once with `consensus.bad_option`; what the members do not take, with `consensus.bad_argument`. */
export interface GroupClient<Command, Result, Query = never, Answer = never> {
  readonly group: string
  readonly pid: AnyPid
  /**
   * Has a command applied, exactly once, and resolves with its result once a majority has it and the leader has applied it. What the machine says is a
   * value, also when it says no.
   *
   * Rejects with `consensus.unavailable` (no leader in time: it was not applied and never will be), `consensus.unknown_outcome` (the time was up, or the
   * session was lost, after it had been sent: it may have been applied, or may yet be, once), `consensus.client_full`, `consensus.busy`,
   * `consensus.command_too_large`, `consensus.command_unencodable` (`details.message` says what is wrong with it; it never will be applied),
   * `consensus.result_unsendable` (it was applied, once; what the machine gave cannot be sent, or no connection carries it: `details.message` says why).
   */
  submit(from: Caller, command: Command, options?: AskOptions): Promise<Result>
  /**
   * Asks the machine's `query` at the leader, after everything that was acknowledged before this call. Rejects with `consensus.unavailable`,
   * `consensus.client_full`, `consensus.no_query`, `consensus.query_failed` (`details.message`: what it threw; or
   * that query or answer are larger than the connection between the nodes carries).
   */
  read(from: Caller, query: Query, options?: AskOptions): Promise<Answer>
  /** Asks the member of this node, or whichever answers: quick, and possibly out of date. Rejects as `read` does. */
  readLocal(from: Caller, query: Query, options?: AskOptions): Promise<LocalAnswer<Answer>>
  /** Of the leader, or else of any member. Rejects with `consensus.unavailable`, `consensus.client_full`. */
  status(from: Caller, options?: AskOptions): Promise<GroupStatus>
  /**
   * Adds a member, as a voter unless `role` says otherwise, or gives one another role. Resolves when the change is committed, or was before. A voter counts from
   * the moment it is added, whether it has anything or not: add it as a `learner` first, which catches up without a vote, and then as a `voter`.
   *
   * Rejects with `consensus.unavailable`, `consensus.unknown_outcome`; `consensus.unheard_voter`: of the voters there would be, no majority answered in time;
   * `consensus.refused_change`: it would leave no voter, or the member has another role and one of the two is a witness.
   */
  addMember(from: Caller, id: MemberId, role?: MemberRole, options?: AskOptions): Promise<void>
  /** Resolves when the change is committed, or was before. Rejects as `addMember`. */
  removeMember(from: Caller, id: MemberId, options?: AskOptions): Promise<void>
  /** Hands the leadership over, to the member that is furthest unless one is named. Resolves with who leads. Rejects with `consensus.unavailable`, `consensus.refused_transfer`. */
  transfer(from: Caller, to?: MemberId | null, options?: AskOptions): Promise<MemberId>
  /** The members as this client last heard. */
  members(): Configuration
  /** Ends it: what waits is rejected, and its session is given back. */
  stop(): Promise<void>
}
