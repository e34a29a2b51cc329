import { describe, expect, it } from 'vitest'
import type { LogEvent } from '@agner-chat/cluster/log'
import { noAlarms, observe, tick, type AlarmState } from '../src/alarms.ts'

const startMs = Date.parse('2026-01-01T00:00:00.000Z')
const event = (seconds: number, kind: string, details?: LogEvent['details']): LogEvent => ({
  at: new Date(startMs + seconds * 1000).toISOString(),
  node: 'http1@127.0.0.1',
  service: 'http',
  level: 'warning',
  kind,
  text: kind,
  ...(details === undefined ? {} : { details }),
})
const raisedIn = (state: AlarmState): string[] => [...state.raised.keys()]

describe('alarms', () => {
  it('raises one when a node is lost, by whoever says it, and clears it when the node is back', () => {
    const down = observe(
      observe(noAlarms, event(0, 'nodedown', { node: 'db1@127.0.0.1' })),
      event(1, 'nodedown', { node: 'db1@127.0.0.1' }),
    )
    expect(raisedIn(down)).toEqual(['node_down/db1@127.0.0.1'])
    const up = observe(down, event(2, 'nodeup', { node: 'db1@127.0.0.1' }))
    expect(raisedIn(up)).toEqual([])
    expect(up.past).toMatchObject([
      { id: 'node_down/db1@127.0.0.1', raisedAt: event(0, '').at, clearedAt: event(2, '').at },
    ])
  })

  it('raises a burst alarm at the fifth crash within a minute, not at the fourth', () => {
    const four = [0, 10, 20, 30].reduce((state, second) => observe(state, event(second, 'crash')), noAlarms)
    expect(raisedIn(four)).toEqual([])
    expect(raisedIn(observe(four, event(40, 'crash')))).toEqual(['crash/http1@127.0.0.1'])
  })

  it('forgets crashes that are more than a minute old', () => {
    const spread = [0, 20, 40, 60, 80, 100, 120].reduce(
      (state, second) => observe(state, event(second, 'crash')),
      noAlarms,
    )
    expect(raisedIn(spread)).toEqual([])
  })

  it('clears a burst after a quiet minute, not before', () => {
    const raised = [0, 1, 2, 3, 4].reduce((state, second) => observe(state, event(second, 'slow')), noAlarms)
    expect(raisedIn(tick(raised, startMs + 63_000))).toEqual(['slow/http1@127.0.0.1'])
    expect(raisedIn(tick(raised, startMs + 64_000))).toEqual([])
  })

  it('takes no notice of other events', () => {
    expect(observe(noAlarms, event(0, 'notice'))).toBe(noAlarms)
  })
})
