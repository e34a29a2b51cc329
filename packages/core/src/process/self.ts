/**
 * `self`: what a process's code holds of it. Each operation checks that the process lives, and hands on to the kernel.
 */
import { coreError } from '../errors.ts'
import type { ExitReason } from '../exit-reason.ts'
import type { AnyPid, Pid } from '../identity/pid.ts'
import { beginOf, type Alias, type Ref } from '../identity/ref.ts'
import { wantRef } from '../identity/wanted.ts'
import { afterDeath, RunningAsync, type AnyAsync, type Guard } from '../kernel/async-body.ts'
import { closingFailed } from '../kernel/closing.ts'
import { setGroupLeader } from '../kernel/group-leader.ts'
import { heard, refusedTo } from '../kernel/heard.ts'
import { leave } from '../kernel/leaving.ts'
import { toExitReason } from '../kernel/deaths.ts'
import { Exited } from '../kernel/exited.ts'
import { guardedAbort } from '../kernel/guarded-abort.ts'
import { contextOf, setTrace } from '../kernel/message-context.ts'
import { toTerms } from '../kernel/monitor.ts'
import { ProcessRecord, type Closable } from '../kernel/process-record.ts'
import { WakeSignal, YieldSignal } from '../kernel/signal.ts'
import type { Accepts } from '../messages.ts'
import { checkSpawnable, type Spawnable } from '../modules.ts'
import type { Node } from '../node-interface.ts'
import { processInfo, type ProcessInfo, type ProcessItem, type ProcessItems } from '../process-info.ts'
import { toTraceContext, type ClockStamp, type TraceContext } from '../trace-context.ts'
import { copy } from '../values/copy.ts'
import { Dictionary } from './dictionary.ts'
import * as operations from './operations.ts'
import type {
  CancelTimerOptions,
  Destination,
  Process,
  MonitorOptions,
  ProcessAddress,
  ReadTimerOptions,
  ReceiveOptions,
  RemoteSpawnOptions,
  RemoteSpawnRequestOptions,
  RequestOptions,
  SpawnMonitorOptions,
  SpawnOptions,
  SpawnRequestOptions,
  SuspendOptions,
  TimedReceiveOptions,
  TimerOptions,
} from './process.ts'
import { setFlag, type ProcessFlags } from './process-flags.ts'
import * as timers from './process-timers.ts'
import { mayBeSent, type TrySendOptions, type TrySent } from './try-send.ts'
import * as spawning from './spawning.ts'

export class Self<M> extends ProcessRecord implements Process<M> {
  declare readonly pid: Pid<Accepts<M>>

  get node(): Node {
    return this.kernel.node
  }

  send(to: Destination<never>, message: unknown): void {
    if (this.isUnseen) operations.send(this.kernel, this.pid, to, message)
    else operations.sendSeen(this, to, message)
  }

  trySend(to: Destination<never>, message: unknown, options?: TrySendOptions): TrySent {
    if (!this.lives) return 'ok'
    const sent = mayBeSent(this.kernel, this.pid, to, options)
    if (sent !== 'ok') return sent
    const { busy } = this.kernel.peers
    busy.isSpared = true
    try {
      this.send(to, message)
    } finally {
      busy.isSpared = false
    }
    return sent
  }

  receive(first?: Guard | TimedReceiveOptions, second?: ReceiveOptions & Partial<TimedReceiveOptions>): Promise<never> {
    if (!this.lives) return afterDeath()
    const guard = typeof first === 'function' ? first : null
    const options = typeof first === 'function' ? second : first
    const timeoutMs = options?.timeoutMs ?? Infinity
    if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0))
      return refusedTo(this, coreError('receive.bad_timeout', { value: String(timeoutMs) }))
    if (!(this.body instanceof RunningAsync)) return refusedTo(this, coreError('receive.in_callback'))
    return this.body.receive(this, guard, timeoutMs, beginOf(options?.since, this.pid)) as Promise<never>
  }

  request(to: ProcessAddress, payload: unknown, options?: RequestOptions): Promise<unknown> {
    return this.lives ? operations.request(this, to, payload, options?.timeoutMs ?? 5000) : afterDeath()
  }

  spawn<N>(body: Spawnable, options?: SpawnOptions): Pid<Accepts<N>> {
    return spawnFrom(this, body, options).pid as Pid<Accepts<N>>
  }

  spawnLink<N>(body: Spawnable, options?: SpawnOptions): Pid<Accepts<N>> {
    const child = spawnFrom(this, body, options)
    this.link(child.pid)
    return child.pid as Pid<Accepts<N>>
  }

  spawnMonitor<N>(body: Spawnable, options?: SpawnMonitorOptions): { pid: Pid<Accepts<N>>; ref: Alias<Accepts<M>> } {
    const ref = this.kernel.makeRef(this) as Alias<Accepts<M>>
    const bonds = { link: options?.link === true, monitor: ref, terms: toTerms(options) }
    const pid = this.lives
      ? spawning.spawnBound(this, body, undefined, options, bonds)
      : spawnFrom(this, body, options).pid
    return { pid: pid as Pid<Accepts<N>>, ref }
  }

  spawnAt(
    node: string,
    module: string,
    name: string,
    argument: unknown,
    options: RemoteSpawnOptions = {},
  ): Promise<{ pid: AnyPid; ref: Ref | null }> {
    return this.lives
      ? heard(spawnAt(this, node, module, name, argument, options).catch((error: unknown) => refusedTo(this, error)))
      : afterDeath()
  }

  spawnRequest(body: Spawnable, options: SpawnRequestOptions = {}): Ref {
    return this.lives ? spawning.requestSpawn(this, body, options) : this.kernel.makeRef(null)
  }

  spawnRequestAt(
    node: string,
    module: string,
    name: string,
    argument: unknown,
    options: RemoteSpawnRequestOptions = {},
  ): Ref {
    if (!this.lives) return this.kernel.makeRef(null)
    const target = { module, version: options.version, name, argument: copy(argument) }
    return spawning.requestSpawnAt(this, node, target, options)
  }

  abandonSpawn(request: Ref): boolean {
    wantRef('abandonSpawn', request)
    return spawning.abandonSpawn(this, request)
  }

  link(other: AnyPid): void {
    if (this.lives) this.kernel.links.link(this, other)
  }

  unlink(other: AnyPid): void {
    if (this.lives) this.kernel.links.unlink(this, other)
  }

  monitor(target: ProcessAddress, options?: MonitorOptions): Alias<Accepts<M>> {
    const { kernel } = this
    const ref = kernel.makeRef(this)
    if (this.lives) kernel.monitors.monitor(this, operations.withNode(kernel, target), ref, toTerms(options))
    return ref as Alias<Accepts<M>>
  }

  demonitor(ref: Ref, options?: { readonly flush?: boolean }): boolean {
    if (!this.lives) return false
    // No message of a monitor that was still on is there; of the clock's there may be several.
    if (this.kernel.monitors.demonitor(this, ref)) return true
    const removed = this.kernel.clock.unwatch(ref, this)
    if (options?.flush === true) operations.flush(this, ref, removed)
    return removed
  }

  sendExit(to: AnyPid, reason: ExitReason): void {
    if (!this.lives) return
    operations.sendExit(this.kernel, this.pid, to, reason)
    if (to === this.pid) this.fetch()
  }

  isAlive(pid: AnyPid): boolean {
    return operations.isAlive(this.kernel, pid)
  }

  exit(reason: ExitReason = 'normal'): never {
    const given = toExitReason(reason)
    leave(this, given)
    throw new Exited(given)
  }

  trapExits(on: boolean): boolean {
    return setFlag(this, 'trapExits', on)
  }

  flag<Name extends keyof ProcessFlags>(name: Name, value: ProcessFlags[Name]): ProcessFlags[Name] {
    return setFlag(this, name, value)
  }

  suspend(pid: AnyPid, options?: SuspendOptions): boolean {
    return this.lives && this.kernel.suspensions.suspend(this, pid, options?.unlessSuspending === true)
  }

  resume(pid: AnyPid): void {
    if (this.lives) this.kernel.suspensions.resume(this, pid)
  }

  yield(): Promise<void> {
    if (!this.lives) return afterDeath()
    const { kernel, body, onTurn } = this
    return new Promise((resolve) => kernel.push(this, new YieldSignal(() => resolve(), body.era, onTurn)))
  }

  register(name: string): void {
    if (this.lives) this.kernel.names.register(name, this)
  }

  unregister(name: string): void {
    if (this.lives) this.kernel.names.unregister(name)
  }

  whereis(name: string): AnyPid | undefined {
    return this.kernel.names.pid(name)
  }

  makeRef(): Ref {
    return this.kernel.makeRef(this)
  }

  alias(options?: { readonly once?: boolean }): Alias<Accepts<M>> {
    if (!this.lives) return this.kernel.makeRef(null) as Alias<Accepts<M>>
    return this.kernel.aliases.make(this, options?.once === true)
  }

  unalias(alias: Alias<never>): boolean {
    return this.kernel.aliases.end(this, alias)
  }

  label(label: unknown): void {
    const given = copy(label ?? null)
    if (this.lives) this.belong().label = given
  }

  get dictionary(): Dictionary {
    if (!this.lives) return new Dictionary()
    return (this.belong().dictionary ??= new Dictionary())
  }

  get traceContext(): TraceContext | null {
    return this.contextual ? (contextOf(this)?.trace ?? null) : null
  }

  set traceContext(context: TraceContext | null) {
    const given = context === null ? null : toTraceContext(context)
    if (this.lives) setTrace(this, given)
  }

  get messageClock(): ClockStamp | null {
    return this.contextual ? (contextOf(this)?.clock ?? null) : null
  }

  get groupLeader(): AnyPid | null {
    return this.leader
  }

  setGroupLeader(pid: AnyPid, leader: AnyPid | null): void {
    if (this.lives) setGroupLeader(this.kernel, pid, leader)
  }

  processInfo(pid: AnyPid): ProcessInfo | undefined
  processInfo<Item extends ProcessItem>(pid: AnyPid, items: readonly Item[]): Pick<ProcessItems, Item> | undefined
  processInfo(pid: AnyPid, items?: readonly ProcessItem[]): Partial<ProcessItems> | undefined {
    return this.lives ? processInfo(this.kernel, pid, this, items) : undefined
  }

  sleep(ms: number): Promise<void> {
    return timers.sleep(this, ms)
  }

  sendAfter(ms: number, to: Destination<never>, message: unknown, options?: TimerOptions): Ref {
    return timers.sendAfter(this, ms, to, message, options)
  }

  startTimer(ms: number, message: unknown, options?: TimerOptions): Ref {
    return timers.startTimer(this, ms, message, options)
  }

  cancelTimer(timer: Ref): number | false
  cancelTimer(timer: Ref, options: CancelTimerOptions): number | false | undefined
  cancelTimer(timer: Ref, options?: CancelTimerOptions): number | false | undefined {
    return timers.cancelTimer(this, timer, options)
  }

  readTimer(timer: Ref): number | false
  readTimer(timer: Ref, options: ReadTimerOptions): number | false | undefined
  readTimer(timer: Ref, options?: ReadTimerOptions): number | false | undefined {
    return timers.readTimer(this, timer, options)
  }

  monitorTimeOffset(): Ref {
    const ref = this.makeRef()
    if (this.lives) this.kernel.clock.watch(ref, this)
    return ref
  }

  wait<T>(promise: PromiseLike<T>): Promise<T> {
    const { era } = this.body
    const waiting = new Promise<T>((resolve, reject) => {
      // As await takes it: a thenable may throw, or settle more than once.
      Promise.resolve(promise).then(
        (value) => this.kernel.push(this, new WakeSignal(() => resolve(value), era)),
        (error: unknown) => {
          const fail = (): void => {
            void heard(waiting)
            // As it is, whatever it is: who awaits it here sees what was thrown there.
            reject(error as Error)
          }
          this.kernel.push(this, new WakeSignal(fail, era))
        },
      )
    })
    return waiting
  }

  own<T extends Closable>(thing: T): T {
    if (this.lives) (this.belong().owned ??= []).push(thing)
    else this.kernel.deaths.closeNow(this.pid, thing)
    return thing
  }

  get signal(): AbortSignal {
    const { kernel, pid, name, phase } = this
    if (phase !== 'alive') return AbortSignal.abort('noproc')
    return (this.belong().abort ??= guardedAbort((error) => closingFailed(kernel, { pid, name }, error))).signal
  }

  become(module: string, name: string, argument: unknown): Promise<never> {
    return goOnAs(this, module, name, argument, 'become')
  }

  hibernate(module: string, name: string, argument: unknown): Promise<never> {
    return goOnAs(this, module, name, argument, 'hibernate')
  }
}

function goOnAs(
  record: ProcessRecord,
  module: string,
  name: string,
  argument: unknown,
  how: 'become' | 'hibernate',
): Promise<never> {
  if (!record.lives) return afterDeath()
  try {
    const spawnable = record.kernel.modules.function(module, undefined, name)
    if (!(record.body instanceof RunningAsync) || typeof spawnable !== 'function')
      throw coreError('become.not_async', { module, name })
    record.body[how](record, spawnable as AnyAsync, copy(argument))
    return afterDeath()
  } catch (error) {
    return refusedTo(record, error)
  }
}

function spawnFrom(
  parent: ProcessRecord,
  code: Spawnable,
  options: SpawnOptions | undefined,
): ProcessRecord | Stillborn {
  const { kernel, pid, phase } = parent
  if (phase === 'alive') return kernel.spawn(code, { ...options, parent: pid })
  checkSpawnable(code)
  return { pid: operations.deadPid(kernel) }
}

/** What a dead process gets for its spawn. */
interface Stillborn {
  readonly pid: AnyPid
}

async function spawnAt(
  parent: ProcessRecord,
  node: string,
  module: string,
  name: string,
  argument: unknown,
  options: RemoteSpawnOptions,
): Promise<{ pid: AnyPid; ref: Ref | null }> {
  const bonds = spawning.toBonds(options, () => parent.kernel.makeRef(parent))
  const target = { module, version: options.version, name, argument: copy(argument) }
  return { pid: await spawning.spawnAt(parent, node, target, bonds), ref: bonds.monitor }
}
