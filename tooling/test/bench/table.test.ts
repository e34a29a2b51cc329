import { describe, expect, it } from 'vitest'
import type { Side } from '../../bench/job.ts'
import { toResult, type Result } from '../../bench/result.ts'
import { figure, formatPeers, formatResults, formatTotals } from '../../bench/table.ts'
import type { Row } from '../../bench/trial.ts'

const row: Row = { name: 'job', title: 'a job', form: 'async', unit: 'ns/thing', better: 'lower', goal: { ahead: 3 } }

function result(agner: number | null, erlang: number | null, rounds = 10, problem?: string): Result {
  const of = (value: number | null) => (value === null ? [] : Array.from({ length: rounds }, () => ({ value })))
  const measured = new Map<Side, { value: number }[]>([
    ['async', of(agner)],
    ['erlang', of(erlang)],
  ])
  return toResult(row, measured, new Map(problem === undefined ? [] : [['async', problem]]))
}

const cells = (table: string, line: number): string[] => table.split('\n')[line]!.split(/ {2,}/)

describe('the table', () => {
  it('has a row with figures, ratio, interval, goal and verdict', () => {
    const table = formatResults([{ alone: result(100, 400), afterOthers: result(200, 400) }])
    expect(cells(table, 0)).toEqual(['job', 'unit', 'Agner', 'Erlang', 'ratio', '95 %', 'after others', 'goal'])
    expect(cells(table, 2)).toEqual(['a job', 'ns/thing', '100', '400', '4×', '4–4×', '2×', '≥ 3×', '✓ reached'])
  })

  it('names who a row is beside, if that is not Erlang', () => {
    const alone: Result = { ...result(100, 400), row: { ...row, beside: 'http' } }
    expect(cells(formatResults([{ alone, afterOthers: null }]), 2)[3]).toBe('http 400')
  })

  it('says so when the goal is missed, when there is no interval, and when nothing was played after the others', () => {
    const table = formatResults([{ alone: result(400, 400, 2), afterOthers: null }])
    expect(cells(table, 2)).toEqual([
      'a job',
      'ns/thing',
      '400',
      '400',
      '1×',
      '–',
      '–',
      '≥ 3×',
      '✗ missed (median of 2)',
    ])
  })

  it('leaves dashes for what is not there', () => {
    const alone = formatResults([{ alone: result(100, null), afterOthers: null }])
    expect(cells(alone, 2)).toEqual(['a job', 'ns/thing', '100', '–', '–', '–', '–', '≥ 3×', '? not compared'])
    const failed = formatResults([{ alone: result(null, 400, 10, 'died'), afterOthers: result(null, 1, 10, 'died') }])
    expect(cells(failed, 2).slice(2)).toEqual(['–', '400', '–', '–', 'failed', '≥ 3×', '! failed'])
  })

  it('aligns its columns', () => {
    const [, rule = '', first = '', second = ''] = formatResults([
      { alone: result(100, 400), afterOthers: null },
      { alone: result(123_456, 7), afterOthers: null },
    ]).split('\n')
    expect(first.indexOf('≥ 3×')).toBe(second.indexOf('≥ 3×'))
    expect(first.indexOf(' 100 ') + ' 100'.length).toBe(second.indexOf('123,456') + '123,456'.length)
    expect(rule.length).toBeGreaterThanOrEqual(first.length)
  })

  it('counts the verdicts', () => {
    expect(formatTotals([result(100, 400), result(400, 400), result(400, 400)])).toBe('1 reached, 2 missed')
  })
})

describe('the table of peers', () => {
  it('has a column for each, and says who cannot do the job or is not installed', () => {
    const figures = new Map<Side, number | string>([
      ['async', 100],
      ['nact', 'not installed'],
    ])
    const table = formatPeers([{ title: 'a job', unit: 'ns', figures }], ['async', 'nact', 'xstate'])
    expect(cells(table, 0)).toEqual(['job', 'unit', 'Agner async', 'nact', 'xstate'])
    expect(cells(table, 2)).toEqual(['a job', 'ns', '100', 'not installed', '–'])
  })
})

describe('a figure', () => {
  it.each([
    [1_234_567, '1,234,567'],
    [123.456, '123'],
    [12.345, '12.3'],
    [1.2345, '1.23'],
    [0.012_345, '0.0123'],
    [0, '0'],
    [-2.5, '-2.5'],
    [null, '–'],
  ])('%s is written %s', (value, text) => {
    expect(figure(value)).toBe(text)
  })
})
