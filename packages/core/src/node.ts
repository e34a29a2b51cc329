/**
 * A node: where processes live.
 *
 * `createNode()` makes one; several may live in one OS process, and are strangers to each other. Code outside any process acts through the
 * node: what it sends has the node itself as sender.
 */
import { coreError } from './errors.ts'
import type { ExitReason } from './exit-reason.ts'
import type { AnyPid, Pid } from './identity/pid.ts'
import type { Ref } from './identity/ref.ts'
import type { AsyncBody } from './kernel/async-body.ts'
import type { CallbackBody } from './kernel/callback-body.ts'
import { readCounters, type NodeCounters } from './kernel/counters.ts'
import { Kernel } from './kernel/kernel.ts'
import { toLimit } from './kernel/limit.ts'
import type { ProcessRecord } from './kernel/process-record.ts'
import type { RemotePort, Router } from './kernel/router.ts'
import { DownSignal } from './kernel/signal.ts'
import type { Accepts } from './messages.ts'
import type { Module, Spawnable } from './modules.ts'
import * as operations from './process/operations.ts'
import type {
  Destination,
  ProcessAddress,
  RemoteSpawnOptions,
  RequestOptions,
  SpawnOptions,
  SuspendOptions,
} from './process/process.ts'
import { noBonds, spawnAt } from './process/spawning.ts'
import { processInfo, type ProcessInfo, type ProcessItem, type ProcessItems } from './process-info.ts'
import { formatReport, type Report, type Reporter } from './report.ts'
import { realRuntime } from './runtime/real.ts'
import type { Runtime } from './runtime/runtime.ts'
import { BlockedWarning } from './system-monitor/blocked-warning.ts'
import { monitorSystem, type SystemMonitor, type SystemMonitorOptions } from './system-monitor/system-monitor.ts'
import {
  topProcesses,
  topProcessesOver,
  type TopOptions,
  type TopOverOptions,
  type TopProcess,
} from './top-processes.ts'
import type { TraceEventType, UsualTraceEventType } from './tracing/events.ts'
import type { AnyTraceOptions, ToldTraceOptions, TraceOptions } from './tracing/options.ts'
import type { Trace, TraceStream } from './tracing/trace.ts'
import { startTrace } from './tracing/tracing.ts'
import { copy } from './values/copy.ts'
import type { Sendable } from './values/sendable.ts'

export interface NodeOptions {
  /** `name@host`. Needed only to take part in a cluster; default `nonode@nohost`. */
  readonly name?: string
  /** What other nodes may spawn here, and what `become` finds. */
  readonly modules?: readonly Module[]
  readonly runtime?: Runtime
  /** Takes crash reports and notices; default: a line on stderr for what is at least a warning. */
  readonly report?: Reporter
  /** Default 1,000,000; beyond it spawn throws `node.too_many_processes`. At most 16,777,215. */
  readonly processLimit?: number
  /** Names that can be registered at once; default 1,000,000. Beyond it `register` throws `name.too_many`. */
  readonly nameLimit?: number
  /** Monitors that one process can have at once; default 2,000,000. Beyond it `monitor` throws `monitor.too_many`. */
  readonly monitorLimit?: number
  /** Timers that can be set at once; default 2,000,000. Beyond it `sendAfter`, `startTimer` and `sleep` fail with `timer.too_many`. */
  readonly timerLimit?: number
  /** Default for every process: 2,000,000 waiting messages. A process with more is ended with `{ mailboxOverflow }`. */
  readonly mailboxLimit?: number
  /**
   * A timer that fires so late makes a report: the thread was blocked. Default 1,000 ms; Infinity for none. It sees blocks that a timer of this node falls into;
   * `monitorSystem` sees all.
   */
  readonly blockedWarningMs?: number
}

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
  send<T>(to: Destination<T>, message: NoInfer<T> & Sendable<NoInfer<T>>): void
  /** As `self.request`, for code outside any process. */
  request(to: ProcessAddress, payload: unknown, options?: RequestOptions): Promise<unknown>
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
  /** @throws `name.taken`, `name.dead_process`, `name.process_has_name` */
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

const kernels = new WeakMap<Node, Kernel>()

/** A node of its own: processes, names, modules. @throws `node.bad_name`, `limit.bad`, `module.clash` */
export function createNode(options: NodeOptions = {}): Node {
  const name = options.name ?? 'nonode@nohost'
  if (!/^[^@\s]{1,120}@[^@\s]{1,120}$/.test(name)) throw coreError('node.bad_name', { name })
  const kernel = new Kernel({
    name,
    runtime: options.runtime ?? realRuntime,
    report: options.report ?? printReport,
    processLimit: toLimit('processLimit', options.processLimit, 1_000_000),
    nameLimit: toLimit('nameLimit', options.nameLimit, 1_000_000),
    monitorLimit: toLimit('monitorLimit', options.monitorLimit, 2_000_000),
    timerLimit: toLimit('timerLimit', options.timerLimit, 2_000_000),
    mailboxLimit: toLimit('mailboxLimit', options.mailboxLimit, 2_000_000),
  })
  const blockedWarningMs = toLimit('blockedWarningMs', options.blockedWarningMs, 1000)
  if (blockedWarningMs !== Infinity) new BlockedWarning(kernel, blockedWarningMs)
  const node = new LocalNode(kernel)
  kernel.node = node
  kernels.set(node, kernel)
  for (const module of options.modules ?? []) node.register(module)
  return node
}

/** Plugs a network into a node; for `@agner/distribution` and its like. @throws `node.router_attached` */
export function attachRouter(node: Node, router: Router): RemotePort {
  return kernelOf(node).peers.attach(router)
}

/** The nodes that `node` is connected to now; none without a network. For behaviours. */
export function connectedNodes(node: Node): readonly string[] {
  return kernelOf(node).peers.names()
}

/** @internal */
export function kernelOf(node: Node): Kernel {
  const kernel = kernels.get(node)
  if (kernel === undefined) throw new TypeError('Not a node that createNode() of this copy of @agner/core made.')
  return kernel
}

function printReport(report: Report): void {
  if (report.type === 'notice' && (report.level === 'debug' || report.level === 'info')) return
  process.stderr.write(`${formatReport(report)}\n`)
}

/** The longest that a timer of the runtime takes: weeks, which is as good as without end here. */
const longestTimerMs = 2 ** 31 - 1

/** Takes part in signals for code that is no process: replies and DOWNs come here. */
const outsideBody = { init: () => null, message: () => null }

class LocalNode implements Node {
  readonly #kernel: Kernel
  readonly #outside: ProcessRecord
  #stopping: Promise<void> | null = null

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    kernel.node = this
    this.#outside = kernel.spawn(outsideBody, {
      visible: false,
      trapExits: true,
      mailboxLimit: Infinity,
    })
  }

  get name(): string {
    return this.#kernel.identity.name
  }

  get incarnation(): number {
    return this.#kernel.identity.incarnation
  }

  get runtime(): Runtime {
    return this.#kernel.runtime
  }

  get isStopped(): boolean {
    return this.#kernel.stopped
  }

  spawn<N>(body: Spawnable, options?: SpawnOptions): Pid<Accepts<N>> {
    return this.#kernel.spawn(body, options ?? {}).pid as Pid<Accepts<N>>
  }

  async spawnAt(
    node: string,
    module: string,
    name: string,
    argument: unknown,
    options: Pick<RemoteSpawnOptions, 'version'> = {},
  ): Promise<AnyPid> {
    const kernel = this.#kernel
    if (this.#outside.phase !== 'alive') throw coreError('node.stopped', { node: this.name })
    const target = { module, version: options.version, name, argument: copy(argument) }
    if (node === this.name)
      return kernel.spawn(kernel.modules.function(module, target.version, name), { argument: target.argument }).pid
    return spawnAt(this.#outside, node, target, noBonds)
  }

  send(to: Destination<never>, message: unknown): void {
    operations.send(this.#kernel, this.#outside.pid, to, message)
  }

  request(to: ProcessAddress, payload: unknown, options?: RequestOptions): Promise<unknown> {
    if (this.#outside.phase !== 'alive') return Promise.reject(coreError('node.stopped', { node: this.name }))
    return operations.request(this.#outside, to, payload, options?.timeoutMs ?? 5000)
  }

  sendExit(to: AnyPid, reason: ExitReason): void {
    operations.sendExit(this.#kernel, null, to, reason)
  }

  isAlive(pid: AnyPid): boolean {
    return operations.isAlive(this.#kernel, pid)
  }

  suspend(pid: AnyPid, options?: SuspendOptions): boolean {
    return this.#kernel.suspensions.suspend(this.#outside, pid, options?.unlessSuspending === true)
  }

  resume(pid: AnyPid): void {
    this.#kernel.suspensions.resume(this.#outside, pid)
  }

  exited(target: ProcessAddress): Promise<ExitReason> {
    const kernel = this.#kernel
    // Nothing lives on a node that has stopped, and nobody is left to be told.
    if (this.#outside.phase !== 'alive') return Promise.resolve('noproc')
    return new Promise((resolve) => {
      const watched = operations.withNode(kernel, target)
      kernel.monitors.monitor(this.#outside, watched, kernel.makeRef(null), { onDown: resolve })
    })
  }

  register(module: Module): void {
    this.#kernel.modules.register(module)
  }

  registerName(name: string, pid: AnyPid): void {
    const record = this.#kernel.local(pid)
    if (record === null || record === 'remote' || !record.lives)
      throw coreError('name.dead_process', { pid: String(pid), name })
    this.#kernel.names.register(name, record)
  }

  unregisterName(name: string): void {
    this.#kernel.names.unregister(name)
  }

  whereis(name: string): AnyPid | undefined {
    return this.#kernel.names.pid(name)
  }

  registeredNames(): string[] {
    return this.#kernel.names.list()
  }

  modules(): Module[] {
    return this.#kernel.modules.list()
  }

  processes(): AnyPid[] {
    return [...this.#kernel.table].filter((record) => record.visible).map((record) => record.pid)
  }

  processCount(): number {
    return this.#kernel.table.size - this.#kernel.hidden
  }

  counters(): NodeCounters {
    return readCounters(this.#kernel, this.processCount())
  }

  processInfo(pid: AnyPid): ProcessInfo | undefined
  processInfo<Item extends ProcessItem>(pid: AnyPid, items: readonly Item[]): Pick<ProcessItems, Item> | undefined
  processInfo(pid: AnyPid, items?: readonly ProcessItem[]): Partial<ProcessItems> | undefined {
    return processInfo(this.#kernel, pid, null, items)
  }

  makeRef(): Ref {
    return this.#kernel.makeRef(null)
  }

  monotonicTimeMs(): number {
    return this.#kernel.clock.monotonicMs()
  }

  systemTimeMs(): number {
    return this.#kernel.clock.systemMs()
  }

  timeOffsetMs(): number {
    return this.#kernel.clock.offsetMs()
  }

  uniqueInteger(): number {
    return this.#kernel.clock.uniqueInteger()
  }

  trace(options: AnyTraceOptions): TraceStream<never> {
    return startTrace(this.#kernel, options) as unknown as TraceStream<never>
  }

  monitorSystem(options: SystemMonitorOptions): SystemMonitor {
    return monitorSystem(this.#kernel, options)
  }

  topProcesses(options: TopOptions): TopProcess[] {
    return topProcesses(this.#kernel, options)
  }

  topProcessesOver(options: TopOverOptions): Promise<TopProcess[]> {
    return topProcessesOver(this.#kernel, options)
  }

  report(report: Report): void {
    this.#kernel.report(report)
  }

  stop(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    return (this.#stopping ??= this.#stop(options.timeoutMs ?? 5000))
  }

  async #stop(timeoutMs: number): Promise<void> {
    const kernel = this.#kernel
    kernel.stopped = true
    const { suspension } = this.#outside.belongings ?? {}
    if (suspension != null) kernel.suspensions.release(this.#outside, suspension)
    const deadlineMs = kernel.runtime.nowMs() + timeoutMs
    // Parents go first, so that a supervisor stops its own children in its own order; who is left without a parent is next.
    for (let roots = this.#roots(); roots.length > 0; roots = this.#roots()) {
      for (const record of roots) operations.sendExit(kernel, null, record.pid, 'shutdown')
      const leftMs = deadlineMs - kernel.runtime.nowMs()
      if (leftMs <= 0 || !(await this.#ended(roots, leftMs))) break
    }
    // Those that are dying already are waited for too: what they own is still open.
    const left = [...kernel.table].filter((record) => record.visible)
    for (const record of left) operations.sendExit(kernel, null, record.pid, 'kill')
    await this.#ended(left, timeoutMs)
    kernel.peers.detach()
    this.#dismissOutside()
    for (const end of kernel.atStop) end()
    kernel.timers.stop()
    kernel.clock.stop()
  }

  /** Nobody outside is left waiting: what has come back is handed on, and what has not will not come any more. */
  #dismissOutside(): void {
    const { deaths } = this.#kernel
    const outside = this.#outside
    outside.fetch()
    for (let request = outside.outgoing; request !== null; request = request.laterOut) request.fail('shutdown')
    for (const monitor of outside.monitors ?? []) this.#kernel.push(outside, new DownSignal(monitor, 'shutdown'))
    outside.fetch()
    deaths.die(outside, 'shutdown', false)
  }

  /** Resolves with true when all of them are dead, with false when the time is up. */
  #ended(records: readonly ProcessRecord[], timeoutMs: number): Promise<boolean> {
    const kernel = this.#kernel
    let left = records.filter((record) => record.phase !== 'dead').length
    if (left === 0) return Promise.resolve(true)
    const waitedFor = new Set(records)
    return new Promise((resolve) => {
      const finish = (all: boolean) => {
        timer.clear()
        stopWatching()
        resolve(all)
      }
      const timer = kernel.runtime.setTimer(Math.min(timeoutMs, longestTimerMs), () => finish(false))
      const stopWatching = kernel.onProcessEnd((record) => {
        if (waitedFor.delete(record) && --left === 0) finish(true)
      })
    })
  }

  /** Processes whose parent is no process of this node, or is dead. */
  #roots(): ProcessRecord[] {
    return this.#visible().filter(({ parent }) => {
      const above = parent === null ? null : this.#kernel.local(parent)
      return above === null || above === 'remote' || !above.visible
    })
  }

  #visible(): ProcessRecord[] {
    return [...this.#kernel.table].filter((record) => record.visible && record.lives)
  }
}
