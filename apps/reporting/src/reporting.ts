/**
 * The reporting server: follows the log and keeps the alarms.
 *
 * It subscribes to the log, and again whenever the log's process is another one; what happened in between is read from the log's recent
 * events when it subscribes.
 */
import { call, defineServer, noreply, reply, type Server } from '@agner/behaviours'
import type { AnyPid } from '@agner/core'
import { log, type LogEvent } from '@agner-chat/cluster/log'
import { noAlarms, observe, tick, type AlarmState } from './alarms.ts'
import { reporting, type NotableEvent, type ReportingApi } from './reporting.api.ts'

const checkEveryMs = 1000
const notableLimit = 200

export interface ReportingState {
  readonly alarms: AlarmState
  /** The newest first. */
  readonly notable: readonly NotableEvent[]
  /** The log process that we are subscribed to. */
  readonly log: AnyPid | null
  /** The newest event seen, so that none is counted twice after subscribing again. */
  readonly upTo: string
}

/** @param findLog where the log is now, if it is known. */
export function defineReporting(findLog: () => AnyPid | undefined): Server<ReportingApi, void, ReportingState> {
  return defineServer(reporting, {
    version: '1.0.0',
    init: (_: void, { self }): ReportingState => {
      self.send(self.pid, { type: 'check' })
      return { alarms: noAlarms, notable: [], log: null, upTo: '' }
    },
    calls: {
      report: (state) =>
        reply({ alarms: [...state.alarms.raised.values(), ...state.alarms.past], events: state.notable }, state),
    },
    info: {
      logEvents: (state, { events }) => noreply(take(state, events)),
      down: (state) => noreply({ ...state, log: null }),
      check: async (state, _, { self }) => {
        self.sendAfter(checkEveryMs, self.pid, { type: 'check' })
        const quiet = { ...state, alarms: tick(state.alarms, Date.now()) }
        const found = findLog()
        if (found === undefined || found === state.log) return noreply(quiet)
        try {
          await call(self, log.at(found), 'subscribe', self.pid)
          const recent = await call(self, log.at(found), 'recent', { limit: 500 })
          self.monitor(found)
          const missed = recent.filter((event) => event.at > state.upTo)
          return noreply({ ...take(quiet, missed), log: found })
        } catch {
          // The log is away: the next check looks again.
          return noreply(quiet)
        }
      },
    },
  })
}

const notableKinds = new Set([
  'crash',
  'nodedown',
  'nodeup',
  'started',
  'stopped',
  'slow',
  'rejected',
  'dropped',
  'mailbox_overflow',
])

function take(state: ReportingState, events: readonly LogEvent[]): ReportingState {
  const alarms = events.reduce(observe, state.alarms)
  const fresh = events
    .filter(({ kind, level }) => notableKinds.has(kind) || level === 'error')
    .map(({ at, node, kind, text }) => ({ at, node, kind, text }))
  const upTo = events.reduce((latest, { at }) => (at > latest ? at : latest), state.upTo)
  return { ...state, alarms, notable: [...fresh.reverse(), ...state.notable].slice(0, notableLimit), upTo }
}
