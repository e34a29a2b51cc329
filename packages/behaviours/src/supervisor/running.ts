/**
 * A static supervisor at work: children with ids, started in order, restarted by a strategy, stopped newest first, one
 * after the other.
 */
import type { AgnerError, AnyPid, AnyProcess, Module } from '@agner/core'
import { failedToStartChild } from '../explain.ts'
import { begun, type Beginning, type Begun } from '../gen/beginning.ts'
import {
  isRequest,
  leftSpecs,
  type ChildCounts,
  type ChildDescription,
  type ChildInfo,
  type Outcome,
  type StartRequest,
} from './api.ts'
import { checkSignificant, type ChildStarted, type FullSpec } from './child-spec.ts'
import { Children, type Child } from './children.ts'
import { definitionOf } from './definition-of.ts'
import { strategies, type FullDefinition, type SupervisorModule } from './definition.ts'
import { reportFailure } from './reports.ts'
import { pidOf, StartFailed, startChildProcess } from './starting.ts'
import { stopChildProcess } from './stopping.ts'
import { granted, refuse, Supervising, type Calls } from './supervising.ts'

export class RunningSupervisor extends Supervising<string> {
  protected flags: FullDefinition
  protected readonly children: Children = new Children()

  constructor(module: Required<SupervisorModule>, self: AnyProcess, beginning: Beginning, definition: FullDefinition) {
    super(module, self, beginning)
    this.flags = definition
  }

  protected async begin(): Promise<Begun> {
    for (const spec of this.flags.children) {
      const started = await this.startOne(spec, asIs)
      if (!(started instanceof StartFailed)) continue
      await this.stopAll()
      return { kind: 'stop', reason: { ...failedToStartChild(spec.id, started.reason) } }
    }
    return begun
  }

  protected readonly calls: Calls = {
    whichChildren: (): ChildInfo[] => this.children.list().reverse().map(describe),
    countChildren: (): ChildCounts => count(this.children),
    getChildSpec: (id: string): Outcome<ChildDescription> => {
      const child = this.children.get(id)
      if (child === undefined) return refuse('supervisor.not_found')
      const { start: _start, ...described } = child.spec
      return granted(described)
    },
    startChild: (start: StartRequest): Outcome<ChildStarted> | Promise<Outcome<ChildStarted>> => {
      if (!isRequest(start) || !('spec' in start)) return refuse('supervisor.static')
      const spec = leftSpecs.take(this.self.node, start.spec)
      // The caller gave up before its message was read.
      return spec === undefined ? refuse('supervisor.not_found') : this.add(spec)
    },
    terminateChild: (id: string): Outcome<null> | Promise<Outcome<null>> => {
      const child = this.children.get(id)
      return child === undefined ? refuse('supervisor.not_found') : this.stopOne(child)
    },
    restartChild: (id: string): Outcome<ChildStarted> | Promise<Outcome<ChildStarted>> => {
      const child = this.children.get(id)
      return refuseUnlessStopped(child) ?? this.#startKnown(child!.spec)
    },
    deleteChild: (id: string): Outcome<null> => {
      const refused = refuseUnlessStopped(this.children.get(id))
      if (refused !== null) return refused
      this.children.delete(id)
      return granted(null)
    },
  }

  protected add(spec: FullSpec): Outcome<ChildStarted> | Promise<Outcome<ChildStarted>> {
    try {
      checkSignificant(this.flags.autoShutdown, spec)
    } catch (error) {
      return refuse('supervisor.bad_child', (error as AgnerError).details)
    }
    const present = this.children.get(spec.id)
    if (present === undefined) return this.#startKnown(spec)
    return present.pid === null
      ? refuse('supervisor.already_present')
      : refuse('supervisor.already_started', { pid: present.pid })
  }

  #startKnown(spec: FullSpec): Promise<Outcome<ChildStarted>> {
    return this.startOne(spec, (started) =>
      started instanceof StartFailed ? refuse('supervisor.child_failed', { reason: started.reason }) : granted(started),
    )
  }

  /** A child that chose not to run is kept, unless it is temporary. One that failed is as it was. */
  protected startOne<T>(spec: FullSpec, then: (started: ChildStarted | StartFailed) => T): Promise<T> {
    return startChildProcess(this.self, spec, undefined, (started) => {
      if (started instanceof StartFailed) reportFailure(this.self, 'startError', spec, null, started.reason)
      else if (started !== null || spec.restart !== 'temporary') this.children.set(spec, pidOf(started))
      return then(started)
    })
  }

  /** A temporary child that is stopped is forgotten; the others keep their specification. */
  protected stopOne({ spec, pid }: Child): Promise<Outcome<null>> {
    const stopped = (): Outcome<null> => {
      if (spec.restart === 'temporary') this.children.delete(spec.id)
      else this.children.set(spec, null)
      return granted(null)
    }
    return pid === null ? Promise.resolve(stopped()) : stopChildProcess(this.self, spec, pid, stopped)
  }

  protected async stopAll(): Promise<void> {
    for (const child of this.children.list().reverse()) await this.stopOne(child)
  }

  // — exits of children —

  protected at(pid: AnyPid): { readonly key: string; readonly spec: FullSpec } | undefined {
    const child = this.children.at(pid)
    return child === undefined ? undefined : { key: child.spec.id, spec: child.spec }
  }

  protected forget(id: string): void {
    this.children.delete(id)
  }

  protected lost(id: string): void {
    this.children.set(this.children.get(id)!.spec, null)
  }

  protected get significantRun(): boolean {
    return this.children.significantRunning > 0
  }

  protected restarting(id: string): FullSpec | undefined {
    const child = this.children.get(id)
    return child?.restarting === true ? child.spec : undefined
  }

  protected async restarted(ended: string): Promise<string | null> {
    const { children } = this
    const plan = strategies[this.flags.strategy](() => children.list().map(({ spec }) => spec), ended)
    for (const id of plan.stop) await this.stopOne(children.get(id)!)
    for (const id of plan.start) {
      const { spec } = children.get(id)!
      if (!((await this.startOne(spec, asIs)) instanceof StartFailed)) continue
      children.set(spec, null, true)
      return id
    }
    return null
  }

  // — code change —

  /** The specifications of the new version take the place of the old ones; no child is started or stopped. */
  changeCode(module: Module): void {
    this.flags = definitionOf(module)
    this.version = module.version
    this.children.replaceSpecs(this.flags.children)
  }
}

const asIs = (started: ChildStarted | StartFailed): ChildStarted | StartFailed => started

function refuseUnlessStopped(child: Child | undefined): ReturnType<typeof refuse> | null {
  if (child === undefined) return refuse('supervisor.not_found')
  if (child.restarting) return refuse('supervisor.restarting')
  return child.pid === null ? null : refuse('supervisor.running')
}

function describe({ spec: { id, type, restart }, pid, restarting }: Child): ChildInfo {
  return { id, pid: restarting ? 'restarting' : pid, type, restart }
}

function count(children: Children): ChildCounts {
  const supervisors = children.list().filter(({ spec }) => spec.type === 'supervisor').length
  return { specs: children.size, active: children.running, supervisors, workers: children.size - supervisors }
}
