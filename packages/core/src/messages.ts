/**
 * The messages that the system itself puts into mailboxes. They are plain data, as users' messages are; a process that wants one
 * of them names it in its message type: `Process<MyMessage | Down>`.
 */
import type { AgnerError } from './errors.ts'
import type { ExitReason } from './exit-reason.ts'
import type { AnyPid, Pid } from './identity/pid.ts'
import type { Ref } from './identity/ref.ts'
import type { NameAddress } from './kernel/router.ts'

/** An exit signal that was trapped (`{'EXIT', From, Reason}`). `from` is null when code outside any process sent it. */
export interface Exit {
  readonly type: 'exit'
  readonly from: AnyPid | null
  readonly reason: ExitReason
}

/** A monitored process ended, was not there (`noproc`), or cannot be reached (`noconnection`). One per monitor at most. */
export interface Down<Tag extends string = 'down'> {
  /** `down`, or the tag that the monitor was given. */
  readonly type: Tag
  readonly ref: Ref
  /** What was monitored: the pid, or the name and node that it was monitored by. */
  readonly process: AnyPid | NameAddress
  readonly reason: ExitReason
}

/** A request that was sent with `sendRequest` has its response; `checkResponse` of `@agner/behaviours` says which. */
export interface ResponseMessage {
  readonly type: 'response'
  /** What `sendRequest` returned holds this ref. */
  readonly ref: Ref
  readonly outcome:
    | { readonly type: 'reply'; readonly value: unknown }
    | { readonly type: 'error'; readonly error: AgnerError }
}

/** A timer started with `startTimer` went off. */
export interface TimeoutMessage<T = unknown> {
  readonly type: 'timeout'
  readonly ref: Ref
  readonly message: T
}

/**
 * How a spawn request went (`{spawn_reply, …}`): the new process, or the error that an awaited spawn would have been
 * rejected with. It comes before anything that the new process sends. `M` is what the new process takes: the asker's own knowledge,
 * which nothing checks.
 */
export type SpawnReply<M = never, Tag extends string = 'spawnReply'> =
  | {
      /** `spawnReply`, or the tag that the request was given. */
      readonly type: Tag
      /** What `spawnRequest` returned. */
      readonly ref: Ref
      readonly ok: true
      readonly pid: Pid<M>
    }
  | { readonly type: Tag; readonly ref: Ref; readonly ok: false; readonly error: AgnerError }

/** The answer to `cancelTimer` with `async`: what was left, or false if the timer had fired, or was none of this node. */
export interface TimerCancelled {
  readonly type: 'cancelTimer'
  readonly ref: Ref
  readonly leftMs: number | false
}

/** The answer to `readTimer` with `async`. */
export interface TimerRead {
  readonly type: 'readTimer'
  readonly ref: Ref
  readonly leftMs: number | false
}

/** The wall clock was set: system time is `offsetMs` away from monotonic time now. Sent to those who monitor it. */
export interface TimeOffsetChanged {
  readonly type: 'timeOffset'
  /** That of the monitor. */
  readonly ref: Ref
  readonly offsetMs: number
}

/** A node joined the cluster, or left it. Sent to those who asked a distribution for it. */
export interface NodeUp {
  readonly type: 'nodeup'
  readonly node: string
  /** If the subscription wants it: whether the connection is that of a member of the cluster. */
  readonly nodeType?: 'visible' | 'hidden'
  /** If the subscription wants it: the number of the connection, the same in its nodedown. */
  readonly connectionId?: number
}

export interface NodeDown {
  readonly type: 'nodedown'
  readonly node: string
  readonly reason: string
  readonly nodeType?: 'visible' | 'hidden'
  readonly connectionId?: number
}

/** A node gives no sign of life over its connection, but its program lives: its thread is held. Sent to those who asked a distribution for it. */
export interface NodeSuspect {
  readonly type: 'nodesuspect'
  readonly node: string
  /** For how long its thread has been held, as it said itself. */
  readonly lagMs: number
}

/** A node that was suspect is heard again. */
export interface NodeRecovered {
  readonly type: 'noderecovered'
  readonly node: string
}

export type SystemMessage =
  | Exit
  | Down
  | ResponseMessage
  | TimeoutMessage
  | TimerCancelled
  | TimerRead
  | TimeOffsetChanged
  | SpawnReply
  | NodeUp
  | NodeDown
  | NodeSuspect
  | NodeRecovered

/** What others may send to a process that receives `M`: the messages of the system are not among it. */
export type Accepts<M> = Exclude<M, SystemMessage>
