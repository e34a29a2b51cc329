/**
 * The reporting server: follows the log and keeps the alarms.
 *
 * It subscribes to the log, and again whenever the log's process is another one, or something was missed; what happened before is in the answer. Each event
 * has its place (`feed.api.ts`), and is counted once.
 */
import { call, defineServer, noreply, reply, type Server } from '@agner/behaviours'
import type { AnyPid } from '@agner/core'
import type { LogEvent } from '@agner-chat/cluster/log'
import { noAlarms, observe, tick, type AlarmState } from './alarms.ts'
import { feed, type Feed } from './feed.api.ts'
import { follow, type Places } from './following.ts'
import { reporting, type NotableEvent, type ReportingApi } from './reporting.api.ts'

const checkEveryMs = 1000
const notableLimit = 200

export interface ReportingState {
  readonly alarms: AlarmState
  /** The newest first. */
  readonly notable: readonly NotableEvent[]
  /** The log process that we are subscribed to. */
  readonly log: AnyPid | null
  readonly places: Places
  /** When the newest event was, for a log of an earlier version, which knows no places. */
  readonly upTo: string
}

/** @param findLog where the log is now, if it is known. */
export function defineReporting(findLog: () => AnyPid | undefined): Server<ReportingApi, void, ReportingState> {
  return defineServer(reporting, {
    version: '1.0.0',
    init: (_: void, { self }): ReportingState => {
      self.send(self.pid, { type: 'check' })
      return { alarms: noAlarms, notable: [], log: null, places: new Map(), upTo: '' }
    },
    calls: {
      report: (state) =>
        reply({ alarms: [...state.alarms.raised.values(), ...state.alarms.past], events: state.notable }, state),
    },
    info: {
      logEvents: (state, { events, log, upTo }) =>
        noreply(
          log === undefined || upTo === undefined ? take(state, events) : takeFrom(state, { log, events, upTo }, false),
        ),
      down: (state, { process }) => noreply(process === state.log ? { ...state, log: null } : state),
      check: async (state, _, { self }) => {
        self.sendAfter(checkEveryMs, self.pid, { type: 'check' })
        const quiet = { ...state, alarms: tick(state.alarms, Date.now()) }
        const found = findLog()
        if (found === undefined || found === state.log) return noreply(quiet)
        try {
          const answered = await call(self, feed.at(found), 'subscribe', self.pid)
          const older = answered === 'subscribed' ? await call(self, feed.at(found), 'recent', { limit: 500 }) : []
          self.monitor(found)
          const next =
            answered === 'subscribed'
              ? take(
                  quiet,
                  older.filter(({ at }) => at > quiet.upTo),
                )
              : takeFrom(quiet, answered, true)
          return noreply({ ...next, log: found })
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

function takeFrom(state: ReportingState, run: Feed, isAnswer: boolean): ReportingState {
  const { places, fresh, isBehind } = follow(state.places, run, isAnswer)
  // The next check subscribes again.
  return isBehind ? { ...state, log: null } : { ...take(state, fresh), places }
}

function take(state: ReportingState, events: readonly LogEvent[]): ReportingState {
  const alarms = events.reduce(observe, state.alarms)
  const fresh = events
    .filter(({ kind, level }) => notableKinds.has(kind) || level === 'error')
    .map(({ at, node, kind, text }) => ({ at, node, kind, text }))
  const upTo = events.reduce((latest, { at }) => (at > latest ? at : latest), state.upTo)
  return { ...state, alarms, notable: [...fresh.reverse(), ...state.notable].slice(0, notableLimit), upTo }
}
