import { describe, expect, it } from 'vitest'
import { reportOf } from '../../src/chaos/report.ts'
import type { ChaosResult } from '../../src/chaos/run.ts'

const good: ChaosResult = {
  violations: [],
  measures: {
    tries: 30_000,
    outcomes: { answered: 29_900, refused: 60, broken: 30, late: 10 },
    acknowledged: 25_000,
    judged: 28_000,
    share: 0.9999,
    longestPauseMs: 1200,
    longestPauseOfAllMs: 7000,
  },
  faults: new Map([
    ['kill', 20],
    ['cut', 8],
  ]),
  reads: { all: 4000, ofCopies: 12 },
  copies: 2,
  heard: 50_000,
  reconnects: 17,
  noCuts: null,
}
const seconds = 300

describe('the report of a chaos run', () => {
  it('says everything that a run came to, and finds no fault with a good one', () => {
    const { lines, failures } = reportOf(good, seconds)
    expect(failures).toEqual([])
    expect(lines.join('\n')).toMatch(/kill 20x, cut 8x[^]*30000 tries[^]*acknowledged 25000[^]*99\.99 %[^]*1200 ms/)
  })

  it.each<[string, Partial<ChaosResult['measures']>, RegExp]>([
    ['too few tries answered well', { share: 0.98999 }, /only 98.99 % of the tries/],
    ['too long a pause', { longestPauseMs: 5000 }, /nothing was acknowledged for 5000 ms/],
    ['too few messages', { acknowledged: 19_999 }, /only 19999 messages were acknowledged, of 20000/],
  ])('holds %s against a run of minutes, and not against one of seconds', (_, wrong, expected) => {
    const result = { ...good, measures: { ...good.measures, ...wrong } }
    expect(reportOf(result, seconds).failures).toEqual([expect.stringMatching(expected)])
    expect(reportOf(result, 30).failures).toEqual([])
  })

  it('holds a violation against any run, and says when nodes could not be cut off', () => {
    const { lines, failures } = reportOf({ ...good, violations: ['message 7 is lost'], noCuts: 'no root' }, 5)
    expect(failures).toEqual(['VIOLATION message 7 is lost'])
    expect(lines[0]).toMatch(/none was cut off/)
  })
})
