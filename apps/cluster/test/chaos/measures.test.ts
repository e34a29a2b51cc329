import { describe, expect, it } from 'vitest'
import { crowdedIn, measure, type Down } from '../../src/chaos/measures.ts'
import type { Outcome, Try } from '../../src/chaos/tally.ts'

const down = (fromMs: number, toMs: number, node = 'n'): Down => ({ node, fromMs, toMs })
const tried = (fromMs: number, toMs: number, outcome: Outcome = 'answered'): Try => ({
  kind: 'post',
  fromMs,
  toMs,
  outcome,
})

describe('when two nodes are down', () => {
  it('is where two downs overlap, and not where one follows the other', () => {
    expect(crowdedIn([down(0, 10), down(5, 20), down(20, 30), down(40, 50)])).toEqual([{ fromMs: 5, toMs: 10 }])
  })

  it('is one stretch when there are three', () => {
    expect(crowdedIn([down(0, 10), down(0, 12), down(2, 20)])).toEqual([{ fromMs: 0, toMs: 12 }])
  })
})

describe('the measures of a run', () => {
  const run = { fromMs: 0, toMs: 100, acknowledgedAtMs: [], tries: [], downs: [] }

  it('judge tries that touch no time with two nodes down', () => {
    const tries = [
      tried(0, 4),
      tried(4, 8, 'refused'),
      tried(8, 14, 'broken'),
      tried(12, 13, 'late'),
      tried(16, 30, 'late'),
      tried(20, 30),
    ]
    const { judged, share, outcomes } = measure({ ...run, tries, downs: [down(0, 20), down(10, 18)] })
    expect(judged).toBe(3)
    expect(share).toBeCloseTo(2 / 3)
    expect(outcomes).toEqual({ answered: 2, refused: 1, broken: 1, late: 2 })
  })

  it('know the longest pause, the one before the first and the one after the last among them', () => {
    expect(measure({ ...run, acknowledgedAtMs: [10, 30, 95] })).toMatchObject({ longestPauseMs: 65 })
    expect(measure({ ...run, acknowledgedAtMs: [10, 30] })).toMatchObject({ longestPauseMs: 70 })
    expect(measure(run)).toMatchObject({ longestPauseMs: 100, acknowledged: 0 })
  })

  it('leave out a pause with two nodes down, and say it all the same', () => {
    const downs = [down(40, 60), down(50, 60)]
    expect(measure({ ...run, acknowledgedAtMs: [10, 30, 95], downs })).toMatchObject({
      longestPauseMs: 20,
      longestPauseOfAllMs: 65,
    })
  })
})
