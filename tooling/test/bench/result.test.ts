import { describe, expect, it } from 'vitest'
import type { Side } from '../../bench/job.ts'
import { isEmpty, toLine, toResult } from '../../bench/result.ts'
import type { Goal, Row } from '../../bench/trial.ts'

const rowWith = (goal: Goal | null, more: Partial<Row> = {}): Row => ({
  name: 'job',
  title: 'a job',
  form: 'async',
  unit: 'ns',
  better: 'lower',
  goal,
  ...more,
})

function result(
  row: Row,
  agner: readonly number[],
  erlang: readonly number[],
  problems: readonly [Side, string][] = [],
) {
  const figures = (values: readonly number[]) => values.map((value) => ({ [row.figure ?? 'value']: value }))
  const measured = new Map<Side, Record<string, number>[]>([
    ['async', figures(agner)],
    ['erlang', figures(erlang)],
  ])
  return toResult(row, measured, new Map(problems))
}

const tenOf = (value: number): number[] => Array.from({ length: 10 }, () => value)

describe('a result', () => {
  it('has the medians of both sides, and the median of the ratios of each round', () => {
    const { agner, other, ratio } = result(rowWith({ ahead: 1 }), [10, 20, 60], [100, 40, 60])
    expect({ agner, other, ratio }).toEqual({ agner: 20, other: 60, ratio: 2 })
  })

  it('takes the figure that its row names', () => {
    expect(result(rowWith(null, { figure: 'stallMs' }), [4], [2]).ratio).toBe(0.5)
  })

  it('reaches its goal when the whole interval does', () => {
    expect(result(rowWith({ ahead: 3 }), tenOf(10), tenOf(31)).verdict).toBe('reached')
    expect(result(rowWith({ ahead: 3 }), tenOf(10), tenOf(29)).verdict).toBe('missed')
    const spread = [20, 22, 24, 26, 28, 32, 34, 36, 38, 40]
    expect(result(rowWith({ ahead: 3 }), tenOf(10), spread).verdict).toBe('open')
  })

  it('judges an absolute goal by its own figures, also without Erlang', () => {
    expect(result(rowWith({ atMost: 10 }), tenOf(9), []).verdict).toBe('reached')
    expect(result(rowWith({ atMost: 10 }), tenOf(11), tenOf(100)).verdict).toBe('missed')
    expect(result(rowWith({ atMost: 10 }), [8, 8, 8, 8, 9, 9, 11, 12, 13, 14], []).verdict).toBe('open')
  })

  it('claims nothing without Erlang', () => {
    const { verdict, agner, other, ratio, interval } = result(rowWith({ ahead: 1 }), tenOf(10), [])
    expect({ verdict, agner, other, ratio, interval }).toEqual({
      verdict: 'unknown',
      agner: 10,
      other: null,
      ratio: null,
      interval: null,
    })
  })

  it('is compared with the peer that its row names, whatever Erlang did', () => {
    const measured = new Map<Side, { value: number }[]>([
      ['async', [{ value: 60 }]],
      ['erlang', [{ value: 1 }]],
      ['http', [{ value: 20 }]],
    ])
    const row = rowWith({ ahead: 3 }, { better: 'higher', beside: 'http' })
    const compared = toResult(row, measured, new Map([['erlang', 'ended']]))
    expect(compared).toMatchObject({ agner: 60, other: 20, ratio: 3, verdict: 'reached', problem: null })
    expect(toLine(compared)).toMatchObject({ agner: 60, erlang: null, ratio: 3, beside: { side: 'http', figure: 20 } })
    expect(toResult(row, measured, new Map([['http', 'not installed']])).problem).toBe('not installed')
  })

  it('of a side that failed is a failure, and says why', () => {
    const { verdict, problem } = result(rowWith({ ahead: 1 }), [], tenOf(10), [['async', 'out of memory']])
    expect({ verdict, problem }).toEqual({ verdict: 'failed', problem: 'out of memory' })
  })

  it('is empty when nobody measured the figure', () => {
    expect(isEmpty(result(rowWith(null), [], []))).toBe(true)
    expect(isEmpty(result(rowWith(null), [1], []))).toBe(false)
    expect(isEmpty(result(rowWith(null), [], [], [['async', 'failed']]))).toBe(false)
  })
})

describe('a line of the JSON', () => {
  it('has these members and no others', () => {
    expect(toLine(result(rowWith({ ahead: 1 }), [10], [20]), '_after_others')).toEqual({
      name: 'job_after_others',
      unit: 'ns',
      better: 'lower',
      agner: 10,
      erlang: 20,
      ratio: 2,
    })
  })
})
