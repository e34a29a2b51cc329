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
import { wantPid } from './identity/wanted.ts'
import { readCounters, type NodeCounters } from './kernel/counters.ts'
import { Kernel } from './kernel/kernel.ts'
import { toLimit } from './kernel/limit.ts'
import type { ProcessRecord } from './kernel/process-record.ts'
import type { RemotePort, Router } from './kernel/router.ts'
import { DownSignal } from './kernel/signal.ts'
import type { Accepts } from './messages.ts'
import type { Module, Spawnable } from './modules.ts'
import type { Node } from './node-interface.ts'
import type { NodeOptions } from './node-options.ts'
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
import { mayBeSent, type TrySendOptions, type TrySent } from './process/try-send.ts'
import { processInfo, type ProcessInfo, type ProcessItem, type ProcessItems } from './process-info.ts'
import { formatReport, type Report } from './report.ts'
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
import type { AnyTraceOptions } from './tracing/options.ts'
import type { TraceStream } from './tracing/trace.ts'
import { startTrace } from './tracing/tracing.ts'
import { copy } from './values/copy.ts'

const kernels = new WeakMap<Node, Kernel>()

/** A node of its own: processes, names, modules. @throws `node.bad_name`, `limit.bad`, `module.clash` */
export function createNode(options: NodeOptions = {}): Node {
  const name = options.name ?? 'nonode@nohost'
  if (!/^[^@\s]{1,120}@[^@\s]{1,120}$/.test(name)) throw coreError('node.bad_name', { name })
  const kernel = new Kernel({
    name,
    runtime: options.runtime ?? realRuntime,
    report: options.report ?? printReport,
    hearsInfo: options.report !== undefined,
    processLimit: toLimit('processLimit', options.processLimit, 1_000_000),
    nameLimit: toLimit('nameLimit', options.nameLimit, 1_000_000),
    monitorLimit: toLimit('monitorLimit', options.monitorLimit, 2_000_000),
    peerLimit: toLimit('peerLimit', options.peerLimit, 1_000_000),
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

/**
 * The state of a callback process of this node, the value itself and no copy; undefined for any other, for one that is
 * dead, and for one that is sensitive. For behaviours, which know each other by it.
 */
export function stateOf(node: Node, pid: AnyPid): unknown {
  const record = kernelOf(node).local(pid)
  if (record === null || record === 'remote' || !record.lives || record.sensitive) return undefined
  return typeof record.code === 'function' ? undefined : record.state
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
    kernel.outside = this.#outside
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

  trySend(to: Destination<never>, message: unknown, options?: TrySendOptions): TrySent {
    const sent = mayBeSent(this.#kernel, this.#outside.pid, to, options)
    if (sent === 'ok') this.send(to, message)
    return sent
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
    wantPid('registerName', pid)
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
