/**
 * The supervisor's process: a server whose callbacks start, watch, restart and stop children.
 *
 *     child ── EXIT ──► supervisor: afterExit? ─┬─ forget / keep
 *                                               └─ countRestart ─┬─ too many: stop(shutdown), all children end, newest first
 *                                                                └─ strategy's plan: stop these, start those
 *                                                                      └─ a start failed: cast `retry` to itself
 *
 * The decisions are pure (`after-exit.ts`, `intensity.ts`, `strategies/`); here they are carried out, in order. While a
 * child starts or stops the supervisor waits for it, as OTP's does.
 */
import type { AgnerError, AnyProcess, ExitReason } from '@agner/core'
import { cast } from '../protocol/client.ts'
import { defineServer } from '../server/define.ts'
import type { Context, Server } from '../server/definition.ts'
import { noreply, reply, stop, type Noreply, type Stop } from '../server/steps.ts'
import { failedToStartChild } from '../explain.ts'
import { afterExit, endsSupervisor } from './after-exit.ts'
import { leftSpecs, supervisor, type ChildCounts, type ChildInfo, type Outcome, type SupervisorApi } from './api.ts'
import type { FullSpec } from './child-spec.ts'
import { Children, type Child } from './children.ts'
import { checkSignificant, strategies, type FullDefinition } from './definition.ts'
import { countRestart, type Restarts } from './intensity.ts'
import { startChildProcess, stopChildProcess } from './lifecycle.ts'
import { reportFailure } from './reports.ts'

export interface Supervising {
  readonly definition: FullDefinition
  /** Changes in place: a copy for each restart of one among 100,000 would be felt. */
  readonly children: Children
  readonly restarts: Restarts
}

type Step = Noreply<Supervising, never> | Stop<Supervising>

export const SupervisorServer: Server<SupervisorApi, FullDefinition, Supervising> = defineServer(supervisor, {
  trapExits: true,
  init: async (definition: FullDefinition, { self }) => {
    const children = new Children()
    for (const spec of definition.children) {
      const started = await startChildProcess(self, spec)
      if ('failed' in started) {
        reportFailure(self, 'startError', spec, null, started.failed)
        await stopAll(self, children)
        return stop({ ...failedToStartChild(spec.id, started.failed) })
      }
      if (started.pid !== null || spec.restart !== 'temporary') children.set(spec, started.pid)
    }
    const state: Supervising = { definition, children, restarts: [] }
    return state
  },
  calls: {
    whichChildren: (state) => reply(state.children.list().reverse().map(describeChild), state),
    countChildren: (state) => reply(countChildren(state.children.list()), state),
    startChild: async (state, ticket, { self }) =>
      reply(await addChild(state, leftSpecs.take(self.node, ticket), self), state),
    terminateChild: async (state, id, { self }) => {
      const child = state.children.get(id)
      if (child === undefined) return reply({ refused: 'supervisor.not_found' }, state)
      await stopChild(self, state.children, child)
      return reply({ pid: null }, state)
    },
    restartChild: async (state, id, { self }) => reply(await startAgain(state, id, self), state),
    deleteChild: (state, id) => {
      const refused = refuseUnlessStopped(state.children.get(id))
      if (refused === null) state.children.delete(id)
      return reply(refused ?? { pid: null }, state)
    },
  },
  casts: {
    retry: (state, id, context) => {
      const child = state.children.get(id)
      return child?.restarting === true
        ? restart(state, child.spec, 'the restart before failed', context)
        : noreply(state)
    },
  },
  info: {
    exit: (state, { from, reason }, context) => {
      const child = from === null ? undefined : state.children.at(from)
      return child === undefined ? noreply(state) : ended(state, child, reason, context)
    },
  },
  terminate: (_reason, { children }, { self }) => stopAll(self, children),
})

function ended(
  state: Supervising,
  { spec, pid }: Child,
  reason: ExitReason,
  context: Context<SupervisorApi>,
): Step | Promise<Step> {
  const { children, definition } = state
  const { act, report } = afterExit(spec, reason)
  if (report) reportFailure(context.self, 'childTerminated', spec, pid, reason)
  if (act === 'restart') {
    children.set(spec, null)
    return restart(state, spec, reason, context)
  }
  if (act === 'forget') children.delete(spec.id)
  else children.set(spec, null)
  const othersRun = () => children.list().some((other) => other.spec.significant && other.pid !== null)
  return endsSupervisor(definition.autoShutdown, spec, othersRun) ? stop('shutdown', state) : noreply(state)
}

async function restart(
  before: Supervising,
  spec: FullSpec,
  reason: ExitReason,
  { self, pid }: Context<SupervisorApi>,
): Promise<Step> {
  const { definition, children } = before
  const { restarts, exceeded } = countRestart(before.restarts, self.node.runtime.nowMs(), definition)
  const state: Supervising = { definition, children, restarts }
  if (exceeded) {
    reportFailure(self, 'shutdown', spec, null, reason)
    children.delete(spec.id)
    return stop('shutdown', state)
  }
  const plan = strategies[definition.strategy](() => children.list().map((child) => child.spec), spec.id)
  for (const id of plan.stop) await stopChild(self, children, children.get(id)!)
  for (const id of plan.start) {
    const next = children.get(id)!.spec
    const started = await startChildProcess(self, next)
    if ('failed' in started) {
      reportFailure(self, 'startError', next, null, started.failed)
      children.set(next, null, true)
      cast(self, pid, 'retry', id)
      break
    }
    children.set(next, started.pid)
  }
  return noreply(state)
}

/** A temporary child that is stopped is forgotten; the others keep their specification. */
async function stopChild(self: AnyProcess, children: Children, { spec, pid }: Child): Promise<void> {
  if (pid !== null) await stopChildProcess(self, spec, pid)
  if (spec.restart === 'temporary') children.delete(spec.id)
  else children.set(spec, null)
}

async function stopAll(self: AnyProcess, children: Children): Promise<void> {
  for (const child of children.list().reverse()) await stopChild(self, children, child)
}

async function addChild(
  { children, definition }: Supervising,
  spec: FullSpec | undefined,
  self: AnyProcess,
): Promise<Outcome> {
  // The caller gave up before its message was read.
  if (spec === undefined) return { refused: 'supervisor.not_found' }
  try {
    checkSignificant(definition.autoShutdown, spec)
  } catch (error) {
    return { refused: 'supervisor.bad_child', problem: (error as AgnerError).details['problem'] as string }
  }
  const present = children.get(spec.id)
  if (present !== undefined)
    return present.pid === null
      ? { refused: 'supervisor.already_present' }
      : { refused: 'supervisor.already_started', pid: present.pid }
  const started = await startChildProcess(self, spec)
  if ('failed' in started) {
    reportFailure(self, 'startError', spec, null, started.failed)
    return { refused: 'supervisor.child_failed', reason: started.failed }
  }
  if (started.pid !== null || spec.restart !== 'temporary') children.set(spec, started.pid)
  return started
}

async function startAgain({ children }: Supervising, id: string, self: AnyProcess): Promise<Outcome> {
  const child = children.get(id)
  const refused = refuseUnlessStopped(child)
  if (refused !== null) return refused
  const { spec } = child!
  const started = await startChildProcess(self, spec)
  if ('failed' in started) {
    reportFailure(self, 'startError', spec, null, started.failed)
    return { refused: 'supervisor.child_failed', reason: started.failed }
  }
  children.set(spec, started.pid)
  return started
}

function refuseUnlessStopped(child: Child | undefined): Outcome | null {
  if (child === undefined) return { refused: 'supervisor.not_found' }
  if (child.restarting) return { refused: 'supervisor.restarting' }
  return child.pid === null ? null : { refused: 'supervisor.running' }
}

function describeChild({ spec: { id, type, restart: how }, pid, restarting }: Child): ChildInfo {
  return { id, pid: restarting ? 'restarting' : pid, type, restart: how }
}

function countChildren(children: readonly Child[]): ChildCounts {
  const supervisors = children.filter(({ spec }) => spec.type === 'supervisor').length
  return {
    specs: children.length,
    active: children.filter(({ pid }) => pid !== null).length,
    supervisors,
    workers: children.length - supervisors,
  }
}
