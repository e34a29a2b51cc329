/**
 * `@agner/core`: processes, signals, mailboxes, timers, names and the module registry of Erlang, for Node.js. No dependency.
 */
export { createNode } from './node.ts'
export type { Node } from './node-interface.ts'
export type { NodeOptions } from './node-options.ts'
export type {
  AnyProcess,
  CancelTimerOptions,
  Destination,
  MessageTo,
  MonitorOptions,
  Process,
  ProcessAddress,
  ReadTimerOptions,
  ReceiveOptions,
  RemoteSpawnOptions,
  RemoteSpawnRequestOptions,
  RequestOptions,
  SpawnMonitorOptions,
  SpawnOptions,
  SpawnReplyOptions,
  SpawnRequestOptions,
  SuspendOptions,
  TimedReceiveOptions,
  TimerOptions,
} from './process/process.ts'
export { timedOut, type AsyncBody } from './kernel/async-body.ts'
export { finish } from './kernel/callback-body.ts'
export type { CallbackBody, CallbackStep, Finish } from './kernel/callback-body.ts'
export { Request, reply, replyFrom, type ReplyAddress } from './kernel/request.ts'
export type { MonitorAlias } from './kernel/monitor.ts'
export type { Priority } from './kernel/priority.ts'
export type { NameAddress } from './kernel/router.ts'
export type { NodeCounters } from './kernel/counters.ts'
export type { Closable } from './kernel/process-record.ts'
export { Pid, type AnyPid } from './identity/pid.ts'
export { Ref, type Alias } from './identity/ref.ts'
export type {
  Accepts,
  Down,
  Exit,
  NodeDown,
  NodeRecovered,
  NodeSuspect,
  NodeUp,
  ResponseMessage,
  SpawnReply,
  SystemMessage,
  TimeOffsetChanged,
  TimeoutMessage,
  TimerCancelled,
  TimerRead,
} from './messages.ts'
export { defineModule, type Module, type Spawnable } from './modules.ts'
export { describeReason, isOrderlyExit, type ExitError, type ExitReason, type NotCarried } from './exit-reason.ts'
export { AgnerError, formatError, type CoreErrorCode } from './errors.ts'
export {
  describeProcess,
  formatReport,
  type Ancestor,
  type ClosingFailed,
  type CrashReport,
  type MailboxOverflow,
  type Neighbour,
  type Notice,
  type Report,
  type Reporter,
} from './report.ts'
export type { ProcessInfo, ProcessItem, ProcessItems, ProcessStatus } from './process-info.ts'
export type {
  TraceCommon,
  TraceDetails,
  TraceEnd,
  TraceEndReason,
  TraceEvent,
  TraceEventType,
  UsualTraceEventType,
} from './tracing/events.ts'
export type { TraceRate } from './tracing/limit.ts'
export type { ToldTraceOptions, TraceOptions, TraceTo } from './tracing/options.ts'
export type { Trace, TraceStream } from './tracing/trace.ts'
export type { BusyPeer, LongMailbox, LongTurn, LoopLag, SystemEvent } from './system-monitor/events.ts'
export type { MailboxLengths } from './system-monitor/long-mailboxes.ts'
export type { SystemMonitor, SystemMonitorOptions } from './system-monitor/system-monitor.ts'
export type { TopCandidate, TopMeasure, TopOptions, TopOverOptions, TopProcess } from './top-processes.ts'
export type { DictionaryKey, ProcessDictionary } from './process/dictionary.ts'
export type { TrySendOptions, TrySent } from './process/try-send.ts'
export type { ClockStamp, TraceContext } from './trace-context.ts'
export type { ProcessFlags } from './process/process-flags.ts'
export { handOver } from './values/hand-over.ts'
export { immutable } from './values/immutable.ts'
export type { Sendable } from './values/sendable.ts'
export type { Runtime, RuntimeTimer } from './runtime/runtime.ts'
export { realRuntime } from './runtime/real.ts'
