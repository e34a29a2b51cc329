/**
 * What a trace tells: one event for each thing that a traced process does, or that is done to it (the trace messages of erlang:trace/3).
 *
 * Events are plain data, and nobody else's: messages, reasons and arguments in them are copies, so that whoever looks on cannot change what he sees. What
 * cannot be copied is shown by a text in brackets. They may hold secrets, as messages do.
 */
import type { ExitReason } from '../exit-reason.ts'
import type { AnyPid } from '../identity/pid.ts'
import type { Ref } from '../identity/ref.ts'
import type { NameAddress } from '../kernel/router.ts'

/** What each kind of event says, besides {@link TraceCommon}. */
export interface TraceDetails {
  /**
   * Before the message is on its way. A call is a message `{ type: 'request', id, payload }`, and its answer `{ type: 'reply', id, payload }`. What
   * timers send, and what the node sends for code outside any process, is no process's.
   */
  send: {
    /** As it was given. */
    to: AnyPid | Ref | string | NameAddress
    message: unknown
    /** Nobody is there: a dead pid, an ended alias, a name that is free. Of other nodes that is not known, and false. */
    toNobody: boolean
  }
  /**
   * A message had its turn: it goes to the code that waits for it, or into the mailbox. So the order is that of arrival, not that in which the code
   * takes them. Down, exit and timeout messages are messages, too; what came of a call is `{ type: 'reply', id, payload }` or `{ type: 'requestFailed', id, reason }`.
   */
  receive: { message: unknown }
  /** It made a process. `code` as in {@link ProcessInfo.initialCall}. */
  spawn: { child: AnyPid; code: string | null }
  /** It was made. `parent` is null for code outside any process. */
  spawned: { parent: AnyPid | null; code: string | null }
  /** It ended: the last of its events, but for `unregister` if it had a name. */
  exit: { reason: ExitReason }
  link: { to: AnyPid }
  /** Another process linked itself to it. */
  linked: { by: AnyPid }
  unlink: { to: AnyPid }
  /** A link ended at the other side: taken away, or broken by an exit, whose reason this is. */
  unlinked: { by: AnyPid; reason: ExitReason | null }
  monitor: { target: AnyPid | NameAddress; ref: Ref }
  demonitor: { target: AnyPid | NameAddress; ref: Ref }
  register: { name: string }
  unregister: { name: string }
  /** A behaviour calls one of its callbacks: `calls.add` of the module `@acme/counter`, say. The state is not told. */
  call: { module: string; callback: string; argument: unknown }
  /** It returned, or its promise was fulfilled, so long after the call. */
  returnFrom: { module: string; callback: string; result: unknown; durationMs: number }
  /** It threw, or its promise was rejected. */
  exceptionFrom: { module: string; callback: string; error: unknown; durationMs: number }
  /** It had the thread for so long: a turn, or what its async function did between being resumed and its next `await`. Told at the end of it. */
  turn: { durationMs: number }
}

export interface TraceCommon {
  /** Whom it is about. */
  readonly process: AnyPid
  /** `node.monotonicTimeMs()`. */
  readonly atMs: number
  /** Counts the events of one trace, from 1. */
  readonly index: number
}

export type TraceEventType = keyof TraceDetails

/** All kinds but `turn`, which is for many traces more than all others together. */
export type UsualTraceEventType = Exclude<TraceEventType, 'turn'>

/** An event; `TraceEvent<'send' | 'exit'>` is one of these two kinds. */
export type TraceEvent<Type extends TraceEventType = TraceEventType> = {
  [Each in Type]: { readonly type: Each } & TraceCommon & Readonly<TraceDetails[Each]>
}[Type]

/**
 * Why a trace ended. `stopped`: by its own `stop`. `limit`: it had told all that it was allowed. `behind`: whoever gets the events has too many unread
 * ones. `noProcesses`: all those chosen are dead, and no other can come. `tracerExited`: the process that got the events ended. `failed`: what
 * `where`, `processes` or `to` threw. `nodeStopped`: the node.
 */
export type TraceEndReason = 'stopped' | 'limit' | 'behind' | 'noProcesses' | 'tracerExited' | 'failed' | 'nodeStopped'

/** The last event of every trace, unless the one that it would go to is what ended it. */
export interface TraceEnd {
  readonly type: 'end'
  readonly why: TraceEndReason
  /** How many events were told. */
  readonly told: number
  readonly atMs: number
}
