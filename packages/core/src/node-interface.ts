/**
 * A node, as code outside its processes sees it. `createNode()` of `node.ts` makes one.
 */
import type { TrySendOptions, TrySent } from './process/try-send.ts'
import type { ExitReason } from './exit-reason.ts'
import type { AnyPid, Pid } from './identity/pid.ts'
import type { Ref } from './identity/ref.ts'
import type { AsyncBody } from './kernel/async-body.ts'
import type { CallbackBody } from './kernel/callback-body.ts'
import type { NodeCounters } from './kernel/counters.ts'
import type { Accepts } from './messages.ts'
import type { Module } from './modules.ts'
import type {
  Destination,
  MessageTo,
  ProcessAddress,
  RemoteSpawnOptions,
  RequestOptions,
  SpawnOptions,
  SuspendOptions,
} from './process/process.ts'
import type { ProcessInfo, ProcessItem, ProcessItems } from './process-info.ts'
import type { Report } from './report.ts'
import type { Runtime } from './runtime/runtime.ts'
import type { SystemMonitor, SystemMonitorOptions } from './system-monitor/system-monitor.ts'
import type { TopOptions, TopOverOptions, TopProcess } from './top-processes.ts'
import type { TraceEventType, UsualTraceEventType } from './tracing/events.ts'
import type { ToldTraceOptions, TraceOptions } from './tracing/options.ts'
import type { Trace, TraceStream } from './tracing/trace.ts'
import type { Sendable } from './values/sendable.ts'

export interface Node {
  readonly name: string
  /** Differs for each life of a node of this name. */
  readonly incarnation: number
  readonly runtime: Runtime
  readonly isStopped: boolean
  /** An async function, or `{ init, message }` callbacks. Returns at once; the body runs on a turn of its own. @throws `name.taken`, `node.too_many_processes` */
  spawn<N = never, S = unknown>(body: AsyncBody<N> | CallbackBody<N, S>, options?: SpawnOptions): Pid<Accepts<N>>
  /**
   * Spawns a function of a registered module, on this node or another one, for code outside any process.
   *
   * Rejects with `spawn.no_connection`, `spawn.not_carried`, `module.unknown`, `module.no_function`, `node.stopped`.
   */
  spawnAt(
    node: string,
    module: string,
    name: string,
    argument: unknown,
    options?: Pick<RemoteSpawnOptions, 'version'>,
  ): Promise<AnyPid>
  send<T, V>(to: Destination<T>, message: MessageTo<T, V>): void
  /** As `self.trySend`: code outside any process cannot be made to wait, so it does well to ask. */
  trySend<T, V>(to: Destination<T>, message: MessageTo<T, V>, options?: TrySendOptions): TrySent
  /** As `self.request`, for code outside any process. */
  request<Q>(to: ProcessAddress, payload: Q & NoInfer<Sendable<Q>>, options?: RequestOptions): Promise<unknown>
  sendExit(to: AnyPid, reason: ExitReason): void
  isAlive(pid: AnyPid): boolean
  /** As `self.suspend`, for code outside any process, which counts as one suspender; stopping the node undoes it. */
  suspend(pid: AnyPid, options?: SuspendOptions): boolean
  /** Undoes one `suspend` of this node. @throws `resume.not_suspended`, `pid.bad` */
  resume(pid: AnyPid): void
  /** Resolves with the exit reason of a process, here or remote: `noproc` if there was none. For code outside any process; processes monitor. */
  exited(target: ProcessAddress): Promise<ExitReason>
  /** Makes a module known here. @throws `module.clash`, `module.bad` */
  register(module: Module): void
  /** @throws `name.taken`, `name.dead_process`, `name.process_has_name`, `pid.bad` */
  registerName(name: string, pid: AnyPid): void
  unregisterName(name: string): void
  whereis(name: string): AnyPid | undefined
  registeredNames(): string[]
  modules(): Module[]
  /** All that exist, those included that are closing what they own: such a one is not alive (erlang:processes/0). */
  processes(): AnyPid[]
  /** How many there are of those. */
  processCount(): number
  /** How full the node is, and how often a limit was met. */
  counters(): NodeCounters
  /**
   * What is known of a live process of this node; undefined if it is dead. Without items what costs little, else exactly those.
   *
   * @throws `info.not_local` for a process of another node, `info.bad_item`
   */
  processInfo(pid: AnyPid): ProcessInfo | undefined
  processInfo<Item extends ProcessItem>(pid: AnyPid, items: readonly Item[]): Pick<ProcessItems, Item> | undefined
  makeRef(): Ref
  /** Milliseconds, with fractions, that never go backwards; what timers go by. Its zero means nothing (erlang:monotonic_time/0). */
  monotonicTimeMs(): number
  /** Milliseconds since 1970, with fractions: `monotonicTimeMs() + timeOffsetMs()`. Jumps when the wall clock is set, and only then. */
  systemTimeMs(): number
  /** Whole milliseconds. Changes when the wall clock is set; processes hear of it by `monitorTimeOffset`. */
  timeOffsetMs(): number
  /** Above 0, and greater than any that this node gave before (erlang:unique_integer/1, `monotonic` and `positive`). */
  uniqueInteger(): number
  /**
   * Tells of what processes do: of chosen ones, until a limit is reached. Events go to a process, to a function, or are iterated over. Off, it costs
   * nothing (erlang:trace/3).
   *
   * @throws `trace.bad_option`, `pid.bad`, `node.stopped`
   */
  trace<Type extends TraceEventType = UsualTraceEventType>(options: ToldTraceOptions<Type>): Trace
  trace<Type extends TraceEventType = UsualTraceEventType>(options: TraceOptions<Type>): TraceStream<Type>
  /**
   * Tells of long turns, long mailboxes and a late event loop (erlang:system_monitor/2). There may be several.
   *
   * @throws `system_monitor.bad_option`, `trace.bad_option`, `node.stopped`
   */
  monitorSystem(options: SystemMonitorOptions): SystemMonitor
  /** The processes with most waiting messages, memory or reductions, most first. @throws `listing.bad_option` */
  topProcesses(options: TopOptions): TopProcess[]
  /** Those that gain most of it within a time. Rejects with `listing.bad_option`, `node.stopped`. */
  topProcessesOver(options: TopOverOptions): Promise<TopProcess[]>
  /** Hands a report to the node's reporter. For layers above: supervisors, connections. */
  report(report: Report): void
  /** Ends every process with `shutdown`, those left after `timeoutMs` (default 5,000) with `kill`. After it nothing can be spawned. */
  stop(options?: { readonly timeoutMs?: number }): Promise<void>
}
