/**
 * All traces of one node. It exists only while there are some, and a process has its bit `traced` only while one of them looks at it: who is not
 * looked at pays nothing.
 *
 * A process that gets events is not traced, by no trace (as in Erlang, where a tracer cannot be): two that told each other what they were told would never
 * come to an end. For the same reason nothing is traced of what the functions of a trace do. Of a sensitive process nothing is told.
 */
import { coreError } from '../errors.ts'
import type { ExitReason } from '../exit-reason.ts'
import { Pid, type AnyPid } from '../identity/pid.ts'
import { Ref } from '../identity/ref.ts'
import { wantAddress } from '../identity/wanted.ts'
import { ActiveAlias } from '../kernel/aliases.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import { AwaitedReply } from '../kernel/reply-address.ts'
import type { Request } from '../kernel/request.ts'
import type { NameAddress } from '../kernel/router.ts'
import { cheapItems, readItems } from '../process-info.ts'
import type { TraceDetails, TraceEventType } from './events.ts'
import { toSettings, type AnyTraceOptions, type TraceSettings } from './options.ts'
import { RunningTrace } from './trace.ts'

export class Tracing {
  readonly kernel: Kernel
  readonly #traces = new Set<RunningTrace>()
  readonly #ofProcess = new Map<ProcessRecord, Set<RunningTrace>>()
  /** Something that was given to a trace runs. */
  #isQuiet = false
  #unwatch: (() => void) | null = null
  #untime: (() => void) | null = null
  readonly #stop = () => {
    for (const trace of this.#traces) trace.end('nodeStopped')
  }

  constructor(kernel: Kernel) {
    this.kernel = kernel
    kernel.atStop.add(this.#stop)
  }

  start(settings: TraceSettings, records: readonly ProcessRecord[]): RunningTrace {
    const trace = new RunningTrace(this, settings)
    const tracer = trace.outlet.process
    this.#traces.add(trace)
    if (tracer !== null) this.#leaveAlone(tracer)
    for (const record of records) if (this.#mayTrace(record)) this.#attach(trace, record)
    this.#unwatch ??= this.kernel.onProcessEnd((record) => this.#ended(record))
    if (settings.wants.has('turn'))
      this.#untime ??= this.kernel.turns.listen(({ record, durationMs }) => this.tell(record, 'turn', { durationMs }))
    this.#endIfAlone(trace)
    return trace
  }

  countOf(trace: RunningTrace): number {
    let count = 0
    for (const traces of this.#ofProcess.values()) if (traces.has(trace)) count++
    return count
  }

  /** A function that was given to a trace runs, on the stack of what it is told of. */
  get isTelling(): boolean {
    return this.#isQuiet
  }

  /** Something happened to a process that is traced. */
  tell<Type extends TraceEventType>(record: ProcessRecord, type: Type, details: TraceDetails[Type]): void {
    const traces = this.#ofProcess.get(record)
    if (traces === undefined || this.#isQuiet || record.sensitive) return
    this.quietly(() => {
      for (const trace of traces) trace.offer(record, type, details)
    })
  }

  /** Runs what a trace was given, or the end of one, which may start another: nothing is traced of that. */
  quietly<R>(run: () => R): R {
    const before = this.#isQuiet
    this.#isQuiet = true
    try {
      return run()
    } finally {
      this.#isQuiet = before
      if (!before && this.#traces.size === 0) this.#switchOff()
    }
  }

  /** A process was made; it has not run yet. */
  spawned(child: ProcessRecord): void {
    if (!child.visible) return
    const above = child.parent === null ? null : this.kernel.local(child.parent)
    const parent = above === 'remote' ? null : above
    const ofParent = parent === null ? undefined : this.#ofProcess.get(parent)
    for (const trace of this.#traces) if (this.#follows(trace, child, ofParent)) this.#attach(trace, child)
    const code = readItems(child, null, ['initialCall']).initialCall
    if (parent !== null) this.tell(parent, 'spawn', { child: child.pid, code })
    this.tell(child, 'spawned', { parent: child.parent, code })
    if (child.name !== null) this.tell(child, 'register', { name: child.name })
  }

  #follows(trace: RunningTrace, child: ProcessRecord, ofParent: ReadonlySet<RunningTrace> | undefined): boolean {
    if (trace.settings.onSpawn && ofParent?.has(trace) === true) return true
    if (!trace.settings.coming) return false
    try {
      return this.quietly(() => isPicked(trace.settings, child))
    } catch (error) {
      trace.fail('processes', error)
      return false
    }
  }

  /** @param message is copied already. */
  sending(record: ProcessRecord, to: AnyPid | Ref | string | NameAddress, message: unknown): void {
    this.tell(record, 'send', { to, message, toNobody: isNobody(this.kernel, to) })
  }

  requestSent(record: ProcessRecord, { id, target, payload }: Request, toNobody: boolean): void {
    this.tell(record, 'send', { to: target, message: { type: 'request', id, payload }, toNobody })
  }

  answerSent(server: ProcessRecord, { id, from, outcome }: Request): void {
    const message = { type: 'reply', id, payload: outcome.value }
    this.tell(server, 'send', { to: from, message, toNobody: this.kernel.local(from) === null })
  }

  answerReceived(caller: ProcessRecord, { id, outcome: { kind, value } }: Request): void {
    const message =
      kind === 'answered'
        ? { type: 'reply', id, payload: value }
        : { type: 'requestFailed', id, reason: kind === 'timedOut' ? 'timeout' : value }
    this.tell(caller, 'receive', { message })
  }

  linking(record: ProcessRecord, to: AnyPid, target: ProcessRecord | 'remote'): void {
    this.tell(record, 'link', { to })
    if (target === 'remote') return
    for (const trace of this.#ofProcess.get(record) ?? [])
      if (trace.settings.onLink && this.#mayTrace(target)) this.#attach(trace, target)
  }

  /** A traced process is dying; nothing more is told of it after this. */
  exited(record: ProcessRecord, reason: ExitReason): void {
    this.tell(record, 'exit', { reason })
    if (record.name !== null) this.tell(record, 'unregister', { name: record.name })
    this.#leaveAlone(record)
  }

  /** Call it quietly. */
  remove(trace: RunningTrace): void {
    this.#traces.delete(trace)
    for (const [record, traces] of this.#ofProcess)
      if (traces.delete(trace) && traces.size === 0) this.#leaveAlone(record)
    if (![...this.#traces].some(({ settings }) => settings.wants.has('turn'))) {
      this.#untime?.()
      this.#untime = null
    }
  }

  #switchOff(): void {
    this.#unwatch?.()
    this.#unwatch = null
    this.kernel.atStop.delete(this.#stop)
    this.kernel.tracing = null
  }

  #mayTrace(record: ProcessRecord): boolean {
    if (!record.visible || !record.lives) return false
    for (const { outlet } of this.#traces) if (outlet.process === record) return false
    return true
  }

  #attach(trace: RunningTrace, record: ProcessRecord): void {
    const traces = this.#ofProcess.get(record)
    if (traces === undefined) this.#ofProcess.set(record, new Set([trace]))
    else traces.add(trace)
    record.traced = true
  }

  #leaveAlone(record: ProcessRecord): void {
    const traces = this.#ofProcess.get(record)
    if (traces === undefined) return
    this.#ofProcess.delete(record)
    record.traced = false
    for (const trace of traces) this.#endIfAlone(trace)
  }

  /** Those that it looked at are dead, and it takes no other. */
  #endIfAlone(trace: RunningTrace): void {
    if (!trace.settings.coming && this.countOf(trace) === 0) trace.end('noProcesses')
  }

  #ended(record: ProcessRecord): void {
    for (const trace of this.#traces) if (trace.outlet.process === record) trace.end('tracerExited')
  }
}

function isNobody(kernel: Kernel, to: AnyPid | Ref | string | NameAddress): boolean {
  if (to instanceof Pid) return kernel.local(to) === null
  if (typeof to === 'string') return kernel.names.get(to) === undefined
  if (to instanceof Ref) return to.identity === kernel.identity && !reaches(to)
  return kernel.locate(wantAddress(to)) === null
}

/** A ref of this node is an address while it is an active alias, or stands for a request that is not answered. */
function reaches({ holds }: Ref): boolean {
  return holds instanceof ActiveAlias || (holds instanceof AwaitedReply && holds.isAwaited)
}

/** Switches a trace on. @throws `trace.bad_option`, `node.stopped`; what its `processes` throws. */
export function startTrace(kernel: Kernel, options: AnyTraceOptions): RunningTrace {
  if (kernel.stopped) throw coreError('node.stopped', { node: kernel.identity.name })
  const settings = toSettings(kernel, options)
  const records = settings.chosen ?? (settings.existing ? [...kernel.table] : [])
  const picked = records.filter((record) => record.visible && isPicked(settings, record))
  kernel.tracing ??= new Tracing(kernel)
  return kernel.tracing.start(settings, picked)
}

function isPicked({ picks }: TraceSettings, record: ProcessRecord): boolean {
  return picks === null || picks(readItems(record, null, cheapItems)) === true
}
