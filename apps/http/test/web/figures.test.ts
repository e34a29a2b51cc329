import { expect, test } from 'vitest'
import { backoffMs } from '../../web/src/model/backoff.ts'
import { isCleared, readFigures, readReports } from '../../web/src/model/figures.ts'

test('figures that are missing are zero', () => {
  expect(readFigures({})).toEqual({
    messagesPerMinute: [],
    activeUsers: 0,
    totalMessages: 0,
    busiestRooms: [],
    sinceMs: 0,
  })
  expect(readFigures({ messagesPerMinute: [1, null, '2', 3] }).messagesPerMinute).toEqual([1, 0, 0, 3])
})

test('raised alarms come first, then the newest', () => {
  const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()
  const { alarms, events } = readReports({
    alarms: [
      { id: 'over', severity: 'warning', text: '', raisedAt: at(9), clearedAt: at(10) },
      { id: 'old', severity: 'warning', text: '', raisedAt: at(1) },
      { id: 'new', severity: 'critical', text: '', raisedAt: at(2), clearedAt: null },
    ],
    events: [
      { at: at(1), node: 'a', kind: 'crash', text: 'first' },
      { at: at(2), node: 'a', kind: 'crash', text: 'second' },
    ],
  })
  expect(alarms.map(({ id }) => id)).toEqual(['new', 'old', 'over'])
  expect(alarms.map(isCleared)).toEqual([false, false, true])
  expect(events.map(({ text }) => text)).toEqual(['second', 'first'])
})

test('reports without end are cut', () => {
  expect(
    readReports({ events: Array.from({ length: 5000 }, () => ({ at: 0, node: 'a', kind: 'k', text: 't' })) }).events
      .length,
  ).toBe(60)
  expect(readReports('rubbish')).toEqual({ alarms: [], events: [] })
})

test('the backoff doubles up to its longest, and jitters over the upper half', () => {
  const backoff = { firstMs: 100, longestMs: 1000 }
  expect([0, 1, 2, 3, 4, 50].map((attempt) => backoffMs(backoff, attempt, 0))).toEqual([50, 100, 200, 400, 500, 500])
  expect([0, 1, 2, 3, 4, 50].map((attempt) => backoffMs(backoff, attempt, 0.999999))).toEqual([
    100, 200, 400, 800, 1000, 1000,
  ])
})
