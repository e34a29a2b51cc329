/**
 * A dynamic supervisor at work (simple_one_for_one): none at first, one more for each start, known by their pids, told
 * to end all at the same time.
 */
import { Pid, type AnyPid, type AnyProcess, type Module } from '@agner/core'
import { begun, type Beginning, type Begun } from '../../gen/beginning.ts'
import {
  leftArguments,
  isRequest,
  leftSpecs,
  type ChildCounts,
  type ChildDescription,
  type ChildInfo,
  type Outcome,
  type StartRequest,
} from '../api.ts'
import type { ChildStarted, FullSpec, FullTemplate } from '../child-spec.ts'
import type { SupervisorModule } from '../definition.ts'
import { reportFailure } from '../reports.ts'
import { pidOf, StartFailed, startChildProcess } from '../starting.ts'
import { stopChildProcess, stopTogether } from '../stopping.ts'
import { SimpleChildren } from '../strategies/simple-one-for-one.ts'
import { granted, refuse, Supervising, type Calls } from '../supervising.ts'
import type { FullDynamic } from './definition.ts'
import { dynamicOf } from './definition-of.ts'

type Spec = FullTemplate | FullSpec

export class RunningDynamic extends Supervising<AnyPid> {
  protected flags: FullDynamic
  protected readonly children: SimpleChildren<Spec> = new SimpleChildren()

  constructor(module: Required<SupervisorModule>, self: AnyProcess, beginning: Beginning, definition: FullDynamic) {
    super(module, self, beginning)
    this.flags = definition
  }

  protected begin(): Begun {
    return begun
  }

  protected readonly calls: Calls = {
    whichChildren: (): ChildInfo[] =>
      [...this.children.list()].reverse().map(({ pid, restarting, spec: { type, restart } }) => ({
        id: null,
        pid: restarting ? 'restarting' : pid,
        type,
        restart,
      })),
    countChildren: (): ChildCounts => {
      const { size, running } = this.children
      const isSupervisor = this.flags.template.type === 'supervisor'
      return { specs: 1, active: running, supervisors: isSupervisor ? size : 0, workers: isSupervisor ? 0 : size }
    },
    getChildSpec: (pid: AnyPid): Outcome<ChildDescription> => {
      const child = this.children.get(pid)
      if (child === undefined) return refuse('supervisor.not_found')
      const { id, restart, shutdownMs, type, significant } = child.spec
      return granted({ id, restart, shutdownMs, type, significant })
    },
    startChild: (start: StartRequest): Outcome<ChildStarted> | Promise<Outcome<ChildStarted>> => {
      const wanted = this.#wanted(start)
      // The caller gave up before its message was read.
      if (wanted === undefined) return refuse('supervisor.not_found')
      const { maxChildren } = this.flags
      if (this.children.size >= maxChildren) return refuse('supervisor.full', { maxChildren })
      return this.startOne(wanted.spec, wanted.arg)
    },
    terminateChild: (pid: AnyPid | string): Outcome<null> | Promise<Outcome<null>> => {
      if (!(pid instanceof Pid)) return refuse('supervisor.by_pid')
      const child = this.children.get(pid)
      // One that is dead has ended by itself meanwhile: what was asked for is so.
      if (child === undefined) return this.self.isAlive(pid) ? refuse('supervisor.not_found') : granted(null)
      if (child.restarting) {
        this.children.delete(pid)
        return granted(null)
      }
      return this.stopOne(pid, child.spec)
    },
    restartChild: (): Outcome<ChildStarted> => refuse('supervisor.by_pid'),
    deleteChild: (): Outcome<null> => refuse('supervisor.by_pid'),
  }

  #wanted(start: StartRequest): { readonly spec: Spec; readonly arg: unknown } | undefined {
    const { template } = this.flags
    if (!isRequest(start)) return undefined
    if ('arg' in start) return { spec: template, arg: start.arg }
    if ('left' in start) {
      const left = leftArguments.take(this.self.node, start.left)
      return left === undefined ? undefined : { spec: template, arg: left.arg }
    }
    const spec = leftSpecs.take(this.self.node, start.spec)
    return spec === undefined ? undefined : { spec, arg: undefined }
  }

  /** One that does not start, or has nothing to run, leaves no trace: who asked for it hears of it. */
  protected startOne(spec: Spec, arg: unknown): Promise<Outcome<ChildStarted>> {
    return startChildProcess(this.self, spec, arg, (started): Outcome<ChildStarted> => {
      if (started instanceof StartFailed) return refuse('supervisor.child_failed', { reason: started.reason })
      const pid = pidOf(started)
      if (pid !== null) this.children.set(pid, spec, arg)
      return granted(started)
    })
  }

  protected stopOne(pid: AnyPid, spec: Spec): Promise<Outcome<null>> {
    return stopChildProcess(this.self, spec, pid, () => {
      this.children.delete(pid)
      return granted(null)
    })
  }

  protected async stopAll(): Promise<void> {
    const running = [...this.children.list()].filter(({ restarting }) => !restarting)
    this.children.clear()
    await stopTogether(this.self, running)
  }

  // — exits of children —

  protected at(pid: AnyPid): { readonly key: AnyPid; readonly spec: Spec } | undefined {
    const child = this.children.get(pid)
    return child === undefined || child.restarting ? undefined : { key: pid, spec: child.spec }
  }

  protected forget(pid: AnyPid): void {
    this.children.delete(pid)
  }

  /** Without an id nobody could start it again; one that is being restarted is known by the pid that it had. */
  protected lost(pid: AnyPid, isRestarted: boolean): void {
    const child = this.children.get(pid)
    if (child !== undefined && isRestarted) this.children.set(pid, child.spec, child.arg, true)
    else this.children.delete(pid)
  }

  protected get significantRun(): boolean {
    return this.children.significantRunning > 0
  }

  protected restarting(pid: AnyPid): Spec | undefined {
    const child = this.children.get(pid)
    return child?.restarting === true ? child.spec : undefined
  }

  protected restarted(pid: AnyPid): Promise<AnyPid | null> {
    const { spec, arg } = this.children.get(pid)!
    return startChildProcess(this.self, spec, arg, (started) => {
      if (started instanceof StartFailed) {
        reportFailure(this.self, 'startError', spec, pid, started.reason)
        return pid
      }
      this.children.delete(pid)
      const next = pidOf(started)
      if (next !== null) this.children.set(next, spec, arg)
      return null
    })
  }

  // — code change —

  /** The template of the new version takes the place of the old one; children that run go on, and are restarted by theirs. */
  changeCode(module: Module): void {
    this.flags = dynamicOf(module)
    this.version = module.version
  }
}
