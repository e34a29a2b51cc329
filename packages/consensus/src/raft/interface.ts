/**
 * The seam of the algorithm: what goes into a member of a Raft group, and what comes out of it.
 *
 *     input ──► raft.step(nowMs, input) ──► effects, in order
 *               raft.deadlineMs         ──► when to step with `time`, if nothing comes before
 *
 * The algorithm is pure: it has no clock, no randomness but a function that it is given, no disk and no network. Whoever runs it (the process of a node, or
 * the simulator) carries out the effects and brings what comes back. A message that promises something is only among the effects once what it
 * promises is on disk, so a runner sends at once whatever it is told to send.
 *
 * Ongaro, "Consensus: Bridging Theory and Practice" (2014): chapters 3, 4 (one member at a time), 6.4 (reads), 6.3 (sessions), 9.6 (pre-vote), 3.10 (transfer).
 */

/** Names one member for ever: a member that has lost its log is another one, and needs another id. */
export type MemberId = string

/**
 * `voter` votes, keeps the log and applies it. `witness` votes and keeps the log, applies nothing, and leads nobody but for the moment in which it hands on what
 * it alone has: it takes no proposals and no reads. `learner` keeps the log and applies it, without a vote.
 */
export type MemberRole = 'voter' | 'witness' | 'learner'

export interface Member {
  readonly id: MemberId
  readonly role: MemberRole
}

/** The members as one entry of the log has them; in force from the moment it is appended. */
export type Configuration = readonly Member[]

/** A place in the log. Two entries with the same place are the same entry, and so is all that comes before them. */
export interface At {
  readonly index: number
  readonly term: number
}

/** A request of a client that is applied once, however often it is sent. */
export interface ClientRequest {
  readonly session: string
  /** Counts up from 1 in a session. */
  readonly sequence: number
  /** All up to here were answered: their results need not be kept. */
  readonly answered: number
}

export type Entry =
  | (At & { readonly type: 'command'; readonly command: unknown; readonly request: ClientRequest | null })
  | (At & { readonly type: 'configuration'; readonly configuration: Configuration })
  /** The first of each term: commits what came before it. */
  | (At & { readonly type: 'nothing' })

export interface Snapshot extends At {
  readonly configuration: Configuration
  /**
   * What the machine made of everything up to `index`, and the sessions: opaque here, sendable. A witness gets null where each voter has got as far; where one
   * has not, it keeps a state that it does not look at, since it may be the only one left to hand that on.
   */
  readonly state: unknown
}

/** What must survive a crash before anybody is told. */
export interface Ballot {
  readonly term: number
  readonly votedFor: MemberId | null
}

export interface Write {
  readonly id: number
  readonly ballot?: Ballot
  /** Everything from this index on goes first. */
  readonly truncateFrom?: number
  readonly entries?: readonly Entry[]
}

export type Role = 'follower' | 'candidate' | 'leader'

export type Input =
  /** `deadlineMs` has come. Harmless when early. */
  | { readonly type: 'time' }
  | { readonly type: 'message'; readonly from: MemberId; readonly message: Message }
  /** Everything up to this write, itself included, is on disk. */
  | { readonly type: 'written'; readonly id: number }
  /** Commands that arrived together. Each is answered by one `accepted` or `refused` with its ticket, at once. */
  | { readonly type: 'propose'; readonly commands: readonly Proposal[] }
  /** Add, remove or change the role of one member. Answered as a proposal is. */
  | { readonly type: 'configure'; readonly ticket: number; readonly change: Change }
  /** A read that must see all that was acknowledged before it was asked. Answered by `readable` or `refused`. */
  | { readonly type: 'read'; readonly ticket: number }
  /** Hands the leadership over, to the member that is furthest if none is named. Answered by `transferred` or `refused`. */
  | { readonly type: 'transfer'; readonly ticket: number; readonly to: MemberId | null }
  /** The machine's state up to `index` is saved as a snapshot: older entries may go. A witness makes none: the leader tells it, by `install`, what may go. */
  | { readonly type: 'compacted'; readonly snapshot: Snapshot }
  /** A snapshot that is on its way to a member has got further there, in pieces that are the runner's business. */
  | { readonly type: 'furthered'; readonly id: MemberId }
  /** The runner knows that it is gone: an election need not wait for the timeout. Not trusted for anything else. */
  | { readonly type: 'down'; readonly id: MemberId }

export interface Proposal {
  readonly ticket: number
  readonly command: unknown
  readonly request: ClientRequest | null
}

export type Change =
  | { readonly type: 'add'; readonly id: MemberId; readonly role: MemberRole }
  | { readonly type: 'remove'; readonly id: MemberId }

export type Refusal =
  /** `leader` is whom to ask, if known. What was refused so was not appended, and never will be. */
  | { readonly why: 'not_leader'; readonly leader: MemberId | null }
  /** Another change is under way, or the leader has not committed an entry of its term yet. */
  | { readonly why: 'change_pending' }
  | { readonly why: 'no_such_member' }
  | { readonly why: 'is_member' }
  /** It has another role, and one of the two is a witness: neither becomes the other. */
  | { readonly why: 'other_role' }
  /** It would leave a group without voters, or with none that has the state: let another one catch up first. */
  | { readonly why: 'last_voter' }
  /** With this voter those that answer now would be no majority: let it be heard first, as a learner. */
  | { readonly why: 'unheard' }
  /** The leadership is being handed over, or could not be in time. */
  | { readonly why: 'transferring' }
  /** More is waiting for a majority than the limit allows. Nothing was appended. */
  | { readonly why: 'busy' }

export type Effect =
  | { readonly type: 'write'; readonly write: Write }
  | { readonly type: 'send'; readonly to: MemberId; readonly message: Message }
  /**
   * Committed: to be applied in this order. Each index comes once in the life of a runner, after the last snapshot. A witness is told as well, so that it knows the
   * members.
   */
  | { readonly type: 'apply'; readonly entries: readonly Entry[] }
  /**
   * A snapshot came from the leader: it replaces the machine's state and everything in storage up to its index. To be saved before `written` of later writes. What
   * storage has behind that index stays.
   */
  | { readonly type: 'install'; readonly snapshot: Snapshot }
  | { readonly type: 'role'; readonly role: Role; readonly term: number; readonly leader: MemberId | null }
  | { readonly type: 'accepted'; readonly ticket: number; readonly index: number; readonly term: number }
  | { readonly type: 'refused'; readonly ticket: number; readonly refusal: Refusal }
  /** Once all up to `index` is applied, the answer may be read. */
  | { readonly type: 'readable'; readonly ticket: number; readonly index: number }
  | { readonly type: 'transferred'; readonly ticket: number; readonly to: MemberId }
  /** This member is no longer in the configuration, and that is committed: a leader says so, or it led itself. It may be stopped. */
  | { readonly type: 'removed' }

export type Message =
  /** Would you vote for me? Changes nothing at the one who is asked, who says no while it hears from a leader. */
  | {
      readonly type: 'askVote'
      readonly pre: boolean
      readonly term: number
      readonly last: At
      readonly transfer: boolean
    }
  | { readonly type: 'vote'; readonly pre: boolean; readonly term: number; readonly granted: boolean }
  | {
      readonly type: 'append'
      readonly term: number
      readonly previous: At
      readonly entries: readonly Entry[]
      readonly commit: number
      /** Counts what the leader sends for reads: the answer repeats it. */
      readonly round: number
    }
  | {
      readonly type: 'appended'
      readonly term: number
      readonly success: boolean
      /** With success the last index that is the leader's and on disk; else where it might continue. */
      readonly index: number
      /** Without success: the term of the entry before `index`, or 0. */
      readonly conflictTerm: number
      readonly round: number
    }
  /** A piece of a snapshot is the runner's business: here it is whole. */
  | { readonly type: 'snapshot'; readonly term: number; readonly snapshot: Snapshot; readonly round: number }
  /** Begin an election at once: you are to lead. */
  | { readonly type: 'takeOver'; readonly term: number }
  /** You are no member: so says the configuration at `index`, which is committed. */
  | { readonly type: 'removed'; readonly term: number; readonly index: number }

export interface RaftSettings {
  /** An election begins after this time without a leader, plus a random part of as much again. Default 1,000. */
  readonly electionTimeoutMs: number
  /** Default 100. */
  readonly heartbeatMs: number
  /** Entries in one message. Default 256. */
  readonly batchEntries: number
  /**
   * About how many bytes of commands go in one message; a larger command goes alone. Times `pipeline` it is no more than what may wait for a connection before
   * that is busy. Default 128 KiB, at most 1 MiB.
   */
  readonly batchBytes: number
  /**
   * Bytes of one command; a larger one is refused with `consensus.command_too_large`. From 4,096 up, and at most half of what a connection takes of a message
   * besides byte strings (`limits.objectBytes` of all nodes, 8 MiB): what cannot be sent to the others would be in their way for ever. Default 4 MiB.
   */
  readonly commandBytes: number
  /** Messages to one member that are not answered yet. Default 8. */
  readonly pipeline: number
  /** Entries that wait for a majority, or for the leader's own disk, before proposals are refused as busy. Default 16,384. */
  readonly uncommittedEntries: number
}
