import { describe, expect, it } from 'vitest'
import type { Side } from '../../bench/job.ts'
import { peersAsMarkdown, replaceBetweenMarks, resultsAsMarkdown } from '../../bench/markdown.ts'
import { toResult, type Result } from '../../bench/result.ts'
import type { Row } from '../../bench/trial.ts'

const row: Row = {
  name: 'remote_calls_64',
  title: 'calls by 64 callers',
  form: 'async',
  unit: 'calls/s',
  better: 'higher',
  goal: { ahead: 4 },
}

function result(agner: number, other: number, more: Partial<Row> = {}, rounds = 10): Result {
  const own: Row = { ...row, ...more }
  const of = (value: number) => Array.from({ length: rounds }, () => ({ value }))
  const measured = new Map<Side, { value: number }[]>([
    ['async', of(agner)],
    [own.beside ?? 'erlang', of(other)],
  ])
  return toResult(own, measured, new Map())
}

const lines = (table: string): string[] => table.trimEnd().split('\n').slice(2)

describe('the tables as Markdown', () => {
  it('have what plays a row again, the figures, the ratio with its interval, and the goal', () => {
    expect(lines(resultsAsMarkdown([result(400_000, 100_000)]))).toEqual([
      '| calls by 64 callers | `remote_calls_64` | 400,000 /s | 100,000 /s | 4.00× (4.00–4.00) | 4× |',
    ])
  })

  it('mark where Agner is behind and where a goal is missed, and name who else a row is beside', () => {
    const behind = result(50_000, 100_000, { title: 'a', name: 'a' }, 2)
    const http = result(60_000, 10_000, { title: 'b', name: 'b', beside: 'http', goal: null })
    expect(lines(resultsAsMarkdown([behind, http]))).toEqual([
      '| a | `a` | 50,000 /s | 100,000 /s | **0.50×** | 4×, missed |',
      '| b | `b` | 60,000 /s | HTTP JSON 10,000 /s | 6.00× (6.00–6.00) |  |',
    ])
  })

  it('have the units that a reader needs beside a figure', () => {
    const units = ['µs/call', 'MB/s', 'casts/s', 'times', 'bytes/connection']
    const cells = lines(resultsAsMarkdown(units.map((unit) => result(2, 1, { unit })))).map(
      (line) => line.split(' | ')[2],
    )
    expect(cells).toEqual(['2 µs', '2 MB/s', '2 /s', '2 times', '2 bytes'])
  })

  it('take the place of older ones, between two marks, again and again', () => {
    const page = 'before\n<!-- remote -->\nold\n<!-- /remote -->\nafter\n'
    const once = replaceBetweenMarks(page, '| new |\n')
    expect(once).toBe('before\n<!-- remote -->\n\n| new |\n\n<!-- /remote -->\nafter\n')
    expect(replaceBetweenMarks(once!, '| new |\n')).toBe(once)
    expect(replaceBetweenMarks('<!-- /remote -->\n<!-- remote -->\n', '')).toBeNull()
    expect(replaceBetweenMarks('a page without', '')).toBeNull()
  })

  it('say of a peer that it is not installed', () => {
    const figures = new Map<Side, number | string>([
      ['async', 20.5],
      ['grpc', 'not installed'],
    ])
    const table = peersAsMarkdown([{ title: 'call', unit: 'µs/call', figures }], ['async', 'http', 'grpc'])
    expect(table).toBe(
      '| job | Agner async | HTTP JSON | gRPC |\n| --- | --- | --- | --- |\n| call | 20.5 µs | – | not installed |\n',
    )
    expect(peersAsMarkdown([], ['async'])).toBe('')
  })
})
