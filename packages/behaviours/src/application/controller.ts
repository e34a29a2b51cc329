/**
 * The application controller: one process per node that knows which applications run, and in which order they were
 * started (application_controller).
 *
 *     start(ticket) ──► controller ── spawn ──► master … ── started ──► controller ──► the caller is answered
 *     stop(name) ─────► controller ── stop ───► master … ── EXIT ─────► controller ──► the caller is answered
 *
 *     master ── EXIT by itself ──► controller: reported. If it was permanent, or transient and the reason is not
 *                                  `normal`: the others are stopped in reverse order, then the node
 *
 * It never waits for an application while it serves others. It comes with the first application, and when the node
 * stops it stops them in reverse order before it ends.
 */
import type { AnyPid, AnyProcess, Exit, ExitReason, Pid, Process } from '@agner/core'
import type { BehavioursErrorCode } from '../errors.ts'
import { explain } from '../explain.ts'
import { LeftLuggage } from '../left-luggage.ts'
import { protocol, type Protocol } from '../protocol/protocol.ts'
import { answer } from '../server/answer.ts'
import { defineServer } from '../server/define.ts'
import type { CallContext, From, Next, Server } from '../server/definition.ts'
import { noreply, reply, stop } from '../server/steps.ts'
import type { Application } from './definition.ts'
import { master, type MasterMessage } from './master.ts'
import { namesNeeded } from './start-order.ts'

/**
 * What the end of an application means for its node. `permanent`: any end takes the node down. `transient`: any but
 * `normal` does, `shutdown` included. `temporary`: it is only reported.
 */
export type ApplicationType = 'permanent' | 'transient' | 'temporary'

export interface ApplicationInfo {
  readonly name: string
  readonly version: string
  readonly type: ApplicationType
  readonly state: 'starting' | 'running' | 'stopping'
  /** The top supervisor; null while it starts. */
  readonly supervisor: AnyPid | null
}

export interface ApplicationRefused {
  readonly refused: BehavioursErrorCode
  readonly reason?: ExitReason
  readonly dependency?: string
}

export type ApplicationOutcome = { readonly started: boolean } | ApplicationRefused

/** An application holds functions, so it goes as left luggage. */
export interface StartOrder {
  readonly application: Application<object>
  readonly env: object
  readonly type: ApplicationType
}

export interface ControllerApi {
  calls: {
    /** `started` is false if it was running already. */
    start(ticket: number): ApplicationOutcome
    stop(name: string): ApplicationOutcome
    list(): ApplicationInfo[]
  }
  info: Exit | { readonly type: 'started'; readonly name: string; readonly top: AnyPid }
}

export const controller: Protocol<ControllerApi> = protocol('@agner/applications', { timeoutMs: Infinity })

interface Entry extends StartOrder {
  readonly state: ApplicationInfo['state']
  readonly master: Pid<{ readonly type: 'stop' }>
  readonly top: AnyPid | null
  readonly waiting: readonly From<ApplicationOutcome>[]
}

/** In order of their start. */
interface Controlling {
  readonly entries: readonly Entry[]
}

/** Orders on their way to the controller. */
export const leftOrders: LeftLuggage<StartOrder> = new LeftLuggage()

export const Controller: Server<ControllerApi, undefined, Controlling> = defineServer(controller, {
  trapExits: true,
  init: (): Controlling => ({ entries: [] }),
  calls: {
    start: (state, ticket, context) => {
      const order = leftOrders.take(context.self.node, ticket)
      // The caller gave up before its message was read.
      if (order === undefined) return reply({ started: false }, state)
      const { name } = order.application
      const present = find(state, name)
      if (present === undefined) {
        const missing = namesNeeded(order.application).find((needed) => find(state, needed)?.state !== 'running')
        if (missing !== undefined) return reply({ refused: 'application.not_started', dependency: missing }, state)
        return noreply({ entries: [...state.entries, begin(order, context)] })
      }
      if (present.application !== order.application) return reply({ refused: 'application.clash' }, state)
      if (present.state === 'running') return reply({ started: false }, state)
      if (present.state === 'stopping') return reply({ refused: 'application.not_running' }, state)
      return noreply(change(state, name, { waiting: [...present.waiting, context.from] }))
    },
    stop: (state, name, { self, from }) => {
      const present = find(state, name)
      if (present === undefined || present.state === 'starting')
        return reply({ refused: 'application.not_running' }, state)
      if (present.state === 'running') self.send(present.master, { type: 'stop' })
      return noreply(change(state, name, { state: 'stopping', waiting: [...present.waiting, from] }))
    },
    list: (state) => reply(state.entries.map(describe), state),
  },
  info: {
    started: (state, { name, top }) => {
      const entry = find(state, name)
      if (entry === undefined) return noreply(state)
      for (const from of entry.waiting) answer(from, { started: true })
      return noreply(change(state, name, { state: 'running', top, waiting: [] }))
    },
    exit: (state, { from, reason }, { self }) => {
      const entry = state.entries.find(({ master: each }) => each === from)
      return entry === undefined ? noreply(state) : ended(state, entry, reason, self)
    },
  },
  terminate: async (_reason, { entries }, { self }) => {
    for (const { master: each, waiting } of [...entries].reverse()) {
      const exited = self.node.exited(each)
      self.sendExit(each, 'shutdown')
      await self.wait(exited)
      for (const from of waiting) answer(from, { refused: 'application.stopped' })
    }
    // Without applications a node has no purpose left; if it is stopping already, this does nothing.
    void self.node.stop()
  },
})

function begin(
  { application, env, type }: StartOrder,
  { self, pid, from }: CallContext<ControllerApi, ApplicationOutcome>,
): Entry {
  const { definition, name } = application
  const started = (of: Process<MasterMessage>, top: AnyPid) => of.send(pid, { type: 'started', name, top })
  const spawned = self.spawnLink<MasterMessage>((of) => master(of, { definition, env, controller: pid, started }), {
    trapExits: true,
    leads: true,
  })
  return { application, env, type, state: 'starting', master: spawned, top: null, waiting: [from] }
}

function ended(state: Controlling, entry: Entry, reason: ExitReason, self: AnyProcess): Next<Controlling, never> {
  const { application, type, waiting } = entry
  const { name } = application
  const left: Controlling = { entries: state.entries.filter((each) => each !== entry) }
  if (entry.state === 'starting') {
    for (const from of waiting) answer(from, { refused: 'application.failed', reason })
    return noreply(left)
  }
  for (const from of waiting) answer(from, { started: false })
  const down = entry.state === 'running' && takesNodeDown(type, reason)
  const level = down ? 'error' : entry.state === 'stopping' || reason === 'normal' ? 'info' : 'warning'
  const text = `${name} ended (${type}): ${explain(reason)}${down ? '; it takes the node down' : ''}`
  self.node.report({
    type: 'notice',
    level,
    source: 'application',
    text,
    details: { application: name, reason, applicationType: type },
  })
  return down ? stop({ shutdown: { applicationEnded: { name, reason } } }, left) : noreply(left)
}

/**
 * Whether the end by itself of an application takes its node down. Note that `shutdown`, the end by too many restarts,
 * is not `normal`.
 */
export function takesNodeDown(type: ApplicationType, reason: ExitReason): boolean {
  return type === 'permanent' || (type === 'transient' && reason !== 'normal')
}

function find({ entries }: Controlling, name: string): Entry | undefined {
  return entries.find(({ application }) => application.name === name)
}

function change({ entries }: Controlling, name: string, changed: Partial<Entry>): Controlling {
  return { entries: entries.map((entry) => (entry.application.name === name ? { ...entry, ...changed } : entry)) }
}

function describe({ application: { name, version }, type, state, top }: Entry): ApplicationInfo {
  return { name, version, type, state, supervisor: top }
}
