/**
 * `self`: what a process's code holds of it. Each operation checks that the process lives, and hands on to the kernel.
 */
import { coreError } from '../errors.ts'
import type { ExitReason } from '../exit-reason.ts'
import type { AnyPid, Pid } from '../identity/pid.ts'
import type { Alias, Ref } from '../identity/ref.ts'
import { afterDeath, RunningAsync, type Guard } from '../kernel/async-body.ts'
import { closingFailed } from '../kernel/closing.ts'
import { heard, refused } from '../kernel/heard.ts'
import { toExitReason } from '../kernel/deaths.ts'
import { Exited } from '../kernel/exited.ts'
import { guardedAbort } from '../kernel/guarded-abort.ts'
import { toTerms } from '../kernel/monitor.ts'
import type { Closable, ProcessRecord } from '../kernel/process-record.ts'
import { WakeSignal } from '../kernel/signal.ts'
import type { Accepts } from '../messages.ts'
import { toBody, type Spawnable } from '../modules.ts'
import type { Node } from '../node.ts'
import { copy } from '../values/copy.ts'
import * as operations from './operations.ts'
import type {
  Destination,
  Process,
  MonitorOptions,
  ProcessAddress,
  ReceiveOptions,
  RemoteSpawnOptions,
  RequestOptions,
  SpawnOptions,
  TimedReceiveOptions,
} from './process.ts'
import * as timers from './process-timers.ts'

export class Self<M> implements Process<M> {
  readonly #record: ProcessRecord

  constructor(record: ProcessRecord) {
    this.#record = record
  }

  get pid(): Pid<Accepts<M>> {
    return this.#record.pid as Pid<Accepts<M>>
  }

  get node(): Node {
    return this.#record.kernel.node
  }

  send(to: Destination<never>, message: unknown): void {
    const record = this.#record
    if (record.phase === 'alive') operations.send(record.kernel, record.pid, to, message)
  }

  receive(first?: Guard | TimedReceiveOptions, second?: ReceiveOptions & Partial<TimedReceiveOptions>): Promise<never> {
    const record = this.#record
    if (record.phase !== 'alive') return afterDeath()
    const guard = typeof first === 'function' ? first : null
    const options = typeof first === 'function' ? second : first
    const timeoutMs = options?.timeoutMs ?? Infinity
    if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0))
      return refused(coreError('receive.bad_timeout', { value: String(timeoutMs) }))
    if (!(record.body instanceof RunningAsync)) return refused(coreError('receive.in_callback'))
    return record.body.receive(record, guard, timeoutMs, options?.since?.mark ?? 0) as Promise<never>
  }

  request(to: ProcessAddress, payload: unknown, options?: RequestOptions): Promise<unknown> {
    return this.#record.phase === 'alive'
      ? operations.request(this.#record, to, payload, options?.timeoutMs ?? 5000)
      : afterDeath()
  }

  spawn<N>(body: Spawnable, options?: SpawnOptions): Pid<Accepts<N>> {
    return this.#spawn(body, options).pid as Pid<Accepts<N>>
  }

  spawnLink<N>(body: Spawnable, options?: SpawnOptions): Pid<Accepts<N>> {
    const child = this.#spawn(body, options)
    this.link(child.pid)
    return child.pid as Pid<Accepts<N>>
  }

  spawnMonitor<N>(body: Spawnable, options?: SpawnOptions): { pid: Pid<Accepts<N>>; ref: Ref } {
    const child = this.#spawn(body, options)
    return { pid: child.pid as Pid<Accepts<N>>, ref: this.monitor(child.pid) }
  }

  #spawn(body: Spawnable, options: SpawnOptions | undefined): { readonly pid: AnyPid } {
    const { kernel, pid, phase } = this.#record
    const running = toBody(body, undefined)
    if (phase !== 'alive') return { pid: operations.deadPid(kernel) }
    return kernel.spawn(running, { ...options, parent: pid })
  }

  spawnAt(
    node: string,
    module: string,
    name: string,
    argument: unknown,
    options: RemoteSpawnOptions = {},
  ): Promise<{ pid: AnyPid; ref: Ref | null }> {
    return this.#record.phase === 'alive' ? heard(this.#spawnAt(node, module, name, argument, options)) : afterDeath()
  }

  async #spawnAt(
    node: string,
    module: string,
    name: string,
    argument: unknown,
    options: RemoteSpawnOptions,
  ): Promise<{ pid: AnyPid; ref: Ref | null }> {
    const record = this.#record
    const ref = options.monitor === true ? record.kernel.makeRef(record) : null
    const target = { module, version: options.version, name, argument: copy(argument) }
    return { pid: await operations.spawnAt(record, node, target, options.link === true, ref), ref }
  }

  link(other: AnyPid): void {
    if (this.#record.phase === 'alive') this.#record.kernel.links.link(this.#record, other)
  }

  unlink(other: AnyPid): void {
    if (this.#record.phase === 'alive') this.#record.kernel.links.unlink(this.#record, other)
  }

  monitor(target: ProcessAddress, options?: MonitorOptions): Alias<Accepts<M>> {
    const record = this.#record
    const { kernel } = record
    const ref = kernel.makeRef(record)
    if (record.phase === 'alive')
      kernel.monitors.monitor(record, operations.withNode(kernel, target), ref, toTerms(options))
    return ref as Alias<Accepts<M>>
  }

  demonitor(ref: Ref, options?: { readonly flush?: boolean }): boolean {
    const record = this.#record
    if (record.phase !== 'alive') return false
    const removed = record.kernel.monitors.demonitor(record, ref)
    if (options?.flush === true && !removed) operations.flushDown(record, ref)
    return removed
  }

  sendExit(to: AnyPid, reason: ExitReason): void {
    const record = this.#record
    if (record.phase !== 'alive') return
    operations.sendExit(record.kernel, record.pid, to, reason)
    if (to === record.pid) record.fetch()
  }

  isAlive(pid: AnyPid): boolean {
    return operations.isAlive(this.#record.kernel, pid)
  }

  exit(reason: ExitReason = 'normal'): never {
    const given = toExitReason(reason)
    this.#record.kernel.deaths.die(this.#record, given, false)
    throw new Exited(given)
  }

  trapExits(on: boolean): boolean {
    const before = this.#record.trapsExits
    this.#record.trapsExits = on
    return before
  }

  register(name: string): void {
    if (this.#record.phase === 'alive') this.#record.kernel.names.register(name, this.#record)
  }

  unregister(name: string): void {
    if (this.#record.phase === 'alive') this.#record.kernel.names.unregister(name)
  }

  whereis(name: string): AnyPid | undefined {
    return this.#record.kernel.names.pid(name)
  }

  makeRef(): Ref {
    return this.#record.kernel.makeRef(this.#record)
  }

  alias(options?: { readonly once?: boolean }): Alias<Accepts<M>> {
    const record = this.#record
    if (record.phase !== 'alive') return record.kernel.makeRef(null) as Alias<Accepts<M>>
    return record.kernel.aliases.make(record, options?.once === true)
  }

  unalias(alias: Alias<never>): boolean {
    return this.#record.kernel.aliases.end(this.#record, alias)
  }

  label(label: string): void {
    if (this.#record.phase === 'alive') this.#record.belong().label = label
  }

  sleep(ms: number): Promise<void> {
    const record = this.#record
    if (record.phase !== 'alive') return afterDeath()
    return new Promise((resolve) => timers.setTimer(record, new timers.SleepTimer(record, resolve), ms))
  }

  sendAfter(ms: number, to: Destination<never>, message: unknown): Ref {
    return this.#startTimer(ms, to, operations.copyMessage(message), null)
  }

  startTimer(ms: number, message: unknown): Ref {
    const ref = this.makeRef()
    return this.#startTimer(ms, this.#record.pid, { type: 'timeout', ref, message: copy(message) }, ref)
  }

  #startTimer(ms: number, to: Destination<never>, message: unknown, made: Ref | null): Ref {
    const record = this.#record
    const ref = made ?? this.makeRef()
    if (record.phase === 'alive') timers.setTimer(record, new timers.MessageTimer(record, ref, to, message), ms)
    return ref
  }

  cancelTimer(timer: Ref): number | false {
    return timers.cancelTimer(this.#record, timer)
  }

  readTimer(timer: Ref): number | false {
    return timers.readTimer(this.#record, timer)
  }

  wait<T>(promise: PromiseLike<T>): Promise<T> {
    const record = this.#record
    const waiting = new Promise<T>((resolve, reject) => {
      promise.then(
        (value) => record.kernel.push(record, new WakeSignal(() => resolve(value))),
        (error: unknown) => {
          const fail = (): void => {
            void heard(waiting)
            // As it is, whatever it is: who awaits it here sees what was thrown there.
            reject(error as Error)
          }
          record.kernel.push(record, new WakeSignal(fail))
        },
      )
    })
    return waiting
  }

  own<T extends Closable>(thing: T): T {
    const record = this.#record
    if (record.phase === 'alive') (record.belong().owned ??= []).push(thing)
    else record.kernel.deaths.closeNow(record.pid, thing)
    return thing
  }

  get signal(): AbortSignal {
    const record = this.#record
    const { kernel, pid, name, phase } = record
    if (phase !== 'alive') return AbortSignal.abort('noproc')
    return (record.belong().abort ??= guardedAbort((error) => closingFailed(kernel, { pid, name }, error))).signal
  }

  become(module: string, name: string, argument: unknown): Promise<never> {
    const record = this.#record
    if (record.phase !== 'alive') return afterDeath()
    try {
      const spawnable = record.kernel.modules.function(module, undefined, name)
      if (!(record.body instanceof RunningAsync) || typeof spawnable !== 'function')
        throw coreError('become.not_async', { module, name })
      const given = copy(argument)
      record.body.become(record, (self) =>
        (spawnable as (self: unknown, argument: unknown) => Promise<unknown>)(self, given),
      )
      return afterDeath()
    } catch (error) {
      return refused(error)
    }
  }
}
