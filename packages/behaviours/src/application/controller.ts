/**
 * The application controller: one process per node that knows which applications run, and in which order they came up
 * (application_controller).
 *
 *     start(ticket) ──► controller ── spawn ──► master … ── started ──► controller ──► the caller is answered
 *     stop(name) ─────► controller ── stop ───► master … ── EXIT ─────► controller ──► the caller is answered
 *     kill(name) ─────► controller ── kill ───► master, its group … EXIT ► controller ──► the caller is answered
 *
 *     master ── EXIT by itself ──► controller: reported. If it was permanent, or transient and the reason is not
 *                                  `normal`: the others are stopped in reverse order, then the node
 *
 * It never waits for an application while it serves others. It comes with the first application, and when the node
 * stops it stops them in reverse order before it ends.
 */
import type { AnyPid, AnyProcess, ExitReason, Process } from '@agner/core'
import { explain } from '../explain.ts'
import { info } from '../protocol/client.ts'
import { answer } from '../server/answer.ts'
import { defineServer } from '../server/define.ts'
import type { From, Next, Server } from '../server/definition.ts'
import { noreply, reply, stop } from '../server/steps.ts'
import {
  controller,
  leftOrders,
  type ApplicationOutcome,
  type ApplicationRefused,
  type ControllerApi,
  type StartOrder,
} from './controller.api.ts'
import { Entries, type Entry } from './entries.ts'
import { group } from './leftovers.ts'
import { master, type MasterMessage } from './master.ts'
import { merge, settingsOf } from './settings.ts'
import { stopAll } from './shutdown.ts'
import { tableOf } from './table.ts'

const refusedAs = (refused: ApplicationRefused['refused'], more: Partial<ApplicationRefused> = {}) => ({
  refused,
  ...more,
})

export const Controller: Server<ControllerApi, undefined, Entries> = defineServer(controller, {
  unknown: 'refuse',
  trapExits: true,
  init: (): Entries => new Entries(),
  calls: {
    start: (state, ticket, { self, from }) => {
      const order = leftOrders.take(self.node, ticket)
      // The caller gave up before its message was read.
      if (order === undefined) return reply(refusedAs('application.stopped'), state)
      return noreply(begin(state, order, from, self))
    },
    stop: (state, name, { self, from }) => {
      const refused = state.refusesStop(name)
      if (refused !== null) return reply(refused, state)
      const present = state.find(name)!
      if (present.master === null) {
        retire(self, { ...present, state: 'stopping' }, 'normal')
        return reply({ ok: true }, state.without(present))
      }
      if (present.state === 'running') self.send(present.master, { type: 'stop' })
      return noreply(state.change(name, { state: 'stopping', waiting: [...present.waiting, from] }))
    },
    kill: (state, name, { self, from }) => {
      const present = state.find(name)
      if (present === undefined || present.master === null) return reply({ ok: true }, state)
      const { master, waiting } = present
      if (present.state === 'starting') for (const each of waiting) answer(each, refusedAs('application.stopped'))
      // The group is looked up while the master lives.
      for (const pid of [...group(self.node, master), master]) self.sendExit(pid, 'kill')
      const stays = present.state === 'starting' ? [] : waiting
      return noreply(state.change(name, { state: 'stopping', waiting: [...stays, from] }))
    },
    list: (state) => reply(state.describe(), state),
  },
  info: {
    started: (state, { name, top }, { self }) => {
      const entry = state.find(name)
      // One that is being killed may have come up just before.
      return entry?.state !== 'starting' ? noreply(state) : noreply(up(state, entry, top, self))
    },
    exit: (state, { from, reason }, { self }) => {
      const entry = from === null ? undefined : state.of(from)
      return entry === undefined ? noreply(state) : ended(state, entry, reason, self)
    },
  },
  terminate: async (_reason, state, { self }) => {
    await stopAll(self, state)
    // Without applications a node has no purpose left; if it is stopping already, this does nothing.
    void self.node.stop()
  },
})

/** A start that cannot be answered at once leaves `from` with an entry. */
function begin(state: Entries, order: StartOrder, from: From<ApplicationOutcome>, self: AnyProcess): Entries {
  const { application } = order
  const { name } = application
  const refuse = (refused: ApplicationRefused) => {
    answer(from, refused)
    return state
  }
  const present = state.find(name)
  if (present !== undefined) {
    if (present.application !== application) return refuse(refusedAs('application.clash'))
    if (present.state === 'running') return refuse(refusedAs('application.already_started'))
    return present.state === 'starting'
      ? state.change(name, { waiting: [...present.waiting, from] })
      : state.change(name, { again: [...present.again, { order, from }] })
  }
  const missing = state.missing(application)
  if (missing !== undefined) return refuse(refusedAs('application.not_started', { dependency: missing }))
  give(self, order)
  const entry: Entry = {
    ...order,
    state: 'starting',
    master: application.definition.start === undefined ? null : spawnMaster(order, self),
    top: null,
    waiting: [from],
    again: [],
  }
  tableOf(self.node).startTypes.set(name, order.startType)
  tableOf(self.node).active.set(name, entry.master)
  const next = state.with(entry)
  return entry.master === null ? up(next, entry, null, self) : next
}

/** Settings of a start stand over all others, also when the node is configured anew. */
function give({ node }: AnyProcess, { application: { name }, env }: StartOrder): void {
  const given = settingsOf(name, env)
  const table = tableOf(node)
  if (Object.keys(given).length === 0) return
  table.given.set(name, merge(table.given.get(name), given))
  table.settings.set(name, merge(table.settings.get(name), given))
}

function spawnMaster({ application }: StartOrder, self: AnyProcess): NonNullable<Entry['master']> {
  const { name } = application
  const started = (of: Process<MasterMessage>, top: AnyPid) => info(of, controller, { type: 'started', name, top })
  return self.spawnLink<MasterMessage>(master(application, self.pid, started), {
    trapExits: true,
    leads: true,
  })
}

function up(state: Entries, entry: Entry, top: AnyPid | null, self: AnyProcess): Entries {
  const { name, version } = entry.application
  self.node.report({
    type: 'notice',
    level: 'info',
    source: 'application',
    text: `${name} ${version} is running`,
    details: { application: name, version },
  })
  for (const from of entry.waiting) answer(from, { ok: true })
  return state.cameUp(entry, top)
}

function ended(state: Entries, entry: Entry, reason: ExitReason, self: AnyProcess): Next<Entries, never> {
  const { application, type, waiting, again } = entry
  const { name } = application
  const failed = entry.state === 'starting'
  for (const from of waiting) answer(from, failed ? refusedAs('application.failed', { reason }) : { ok: true })
  const down = entry.state !== 'stopping' && state.takesNodeDown(type, reason)
  retire(self, entry, reason, down)
  let left = state.without(entry)
  if (down) return stop({ shutdown: { [failed ? 'applicationFailed' : 'applicationEnded']: { name, reason } } }, left)
  for (const { order, from } of again) left = begin(left, order, from, self)
  return noreply(left)
}

/** It is nobody's any more, and the operator hears of it. */
function retire({ node }: AnyProcess, { application, type, state }: Entry, reason: ExitReason, down = false): void {
  const { name } = application
  tableOf(node).active.delete(name)
  tableOf(node).startTypes.delete(name)
  node.report({
    type: 'notice',
    level: down ? 'error' : state === 'stopping' || reason === 'normal' ? 'info' : 'warning',
    source: 'application',
    text: `${name} ${state === 'starting' ? 'did not start' : 'ended'} (${type}): ${explain(reason)}${down ? '; it takes the node down' : ''}`,
    details: { application: name, reason, applicationType: type },
  })
}
