/**
 * Which alarms are raised: a pure reducer over the log's events and the clock.
 *
 * - `node_down/NODE`: its connection was lost and has not come back.
 * - `crashes/NODE`: five crashes on one node within a minute; cleared after a minute without.
 * - `slow/NODE`: five slow requests within a minute; cleared likewise.
 * - `rejected/NODE`: five refused peers or floods within a minute; cleared likewise.
 */
import type { LogEvent } from '@agner-chat/cluster/log'
import type { Alarm } from './reporting.api.ts'

export interface AlarmState {
  readonly raised: ReadonlyMap<string, Alarm>
  /** Cleared ones, the newest first. */
  readonly past: readonly Alarm[]
  /** When the last events of a kind happened, by alarm id. */
  readonly times: ReadonlyMap<string, readonly number[]>
}

export const noAlarms: AlarmState = { raised: new Map(), past: [], times: new Map() }

const windowMs = 60_000
const burst = 5
const pastLimit = 50

const burstKinds: Readonly<
  Record<string, { readonly severity: Alarm['severity']; readonly text: (node: string) => string }>
> = {
  crash: { severity: 'critical', text: (node) => `Processes on ${node} keep crashing` },
  slow: { severity: 'warning', text: (node) => `${node} answers slowly` },
  rejected: { severity: 'warning', text: (node) => `${node} keeps refusing connections or requests` },
}

/** Takes one event into account. */
export function observe(state: AlarmState, event: LogEvent): AlarmState {
  const about = typeof event.details?.['node'] === 'string' ? event.details['node'] : event.node
  if (event.kind === 'nodedown')
    return raise(state, {
      id: `node_down/${about}`,
      severity: 'critical',
      text: `${about} is down`,
      raisedAt: event.at,
    })
  if (event.kind === 'nodeup' || event.kind === 'started')
    return clear(state, `node_down/${event.kind === 'started' ? event.node : about}`, event.at)
  const rule = burstKinds[event.kind]
  if (rule === undefined) return state
  const id = `${event.kind}/${event.node}`
  const atMs = Date.parse(event.at)
  const recent = [...(state.times.get(id) ?? []).filter((time) => atMs - time < windowMs), atMs]
  const counted = { ...state, times: new Map([...state.times, [id, recent]]) }
  return recent.length < burst
    ? counted
    : raise(counted, { id, severity: rule.severity, text: rule.text(event.node), raisedAt: event.at })
}

/** Clears the bursts that have been quiet for a minute. */
export function tick(state: AlarmState, nowMs: number): AlarmState {
  let next = state
  for (const [id, times] of state.times) {
    if (nowMs - (times.at(-1) ?? 0) < windowMs) continue
    const left = new Map(next.times)
    left.delete(id)
    next = clear({ ...next, times: left }, id, new Date(nowMs).toISOString())
  }
  return next
}

function raise(state: AlarmState, alarm: Alarm): AlarmState {
  return state.raised.has(alarm.id) ? state : { ...state, raised: new Map([...state.raised, [alarm.id, alarm]]) }
}

function clear(state: AlarmState, id: string, clearedAt: string): AlarmState {
  const alarm = state.raised.get(id)
  if (alarm === undefined) return state
  const raised = new Map(state.raised)
  raised.delete(id)
  return { ...state, raised, past: [{ ...alarm, clearedAt }, ...state.past].slice(0, pastLimit) }
}
