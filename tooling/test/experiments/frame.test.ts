/** The frame of the experiments: options by the kind of their defaults, tables, pictures, and the documents made of them. */
import { describe, expect, it } from 'vitest'
import { documentsOf, type Run } from '../../experiments/frame/document.ts'
import type { Outcome } from '../../experiments/frame/experiment.ts'
import { figure } from '../../experiments/frame/figure.ts'
import { pictureOf } from '../../experiments/frame/chart/picture.ts'
import { scaleOf } from '../../experiments/frame/chart/scale.ts'
import { readOptions } from '../../experiments/frame/options.ts'
import { quantile } from '../../experiments/frame/quantile.ts'
import { tableAsMarkdown } from '../../experiments/frame/table.ts'

const defaults = { sizes: [2, 4], kills: 10, only: '', quick: false } as const

describe('options', () => {
  it('are the defaults if none is given', () => {
    expect(readOptions(defaults, [])).toEqual(defaults)
  })

  it('are of the kind of their defaults', () => {
    const given = ['--sizes', '8,16', '--kills=3', '--only', 'flat', '--quick']
    expect(readOptions(defaults, given)).toEqual({ sizes: [8, 16], kills: 3, only: 'flat', quick: true })
  })

  it.each([[['--kills', 'many']], [['--sizes', '2,,4']], [['--size', '2']], [['flat']]])('refuse %j', (args) => {
    expect(() => readOptions(defaults, args)).toThrow()
  })
})

describe('figures', () => {
  it.each([
    [0.012345, '0.0123'],
    [2.5, '2.5'],
    [7, '7'],
    [99.95, '100'],
    [12_345.6, '12,346'],
    [Number.NaN, '–'],
  ])('%d is %s', (value, text) => {
    expect(figure(value)).toBe(text)
  })

  it('a quantile is a value that was there', () => {
    const values = [5, 1, 4, 2, 3]
    expect([0, 0.5, 0.8, 0.99, 1].map((q) => quantile(values, q))).toEqual([1, 3, 4, 5, 5])
    expect(quantile([], 0.5)).toBeNaN()
  })
})

describe('a scale', () => {
  it('is linear from zero, with round marks that reach over the largest value', () => {
    const scale = scaleOf({ label: '' }, [3, 42], 100, 0)
    expect(scale.ticks).toEqual([0, 10, 20, 30, 40, 50])
    expect([0, 25, 50].map(scale.at)).toEqual([100, 50, 0])
  })

  it('is logarithmic: the same factor is the same way', () => {
    const scale = scaleOf({ label: '', scale: 'log' }, [2, 3000], 0, 400)
    expect(scale.ticks).toEqual([1, 10, 100, 1000, 10_000])
    expect([1, 10, 10_000].map((value) => Math.round(scale.at(value)))).toEqual([0, 100, 400])
    expect(scale.at(0)).toBe(0)
  })

  it('has marks where it is told, and room for values beyond them', () => {
    const scale = scaleOf({ label: '', scale: 'log', ticks: [2, 4, 8] }, [2, 16], 0, 300)
    expect(scale.ticks).toEqual([2, 4, 8])
    expect(Math.round(scale.at(16))).toBe(300)
  })

  it('of nothing, or of one value, is finite', () => {
    for (const values of [[], [0], [7]])
      for (const kind of ['linear', 'log'] as const) {
        const scale = scaleOf({ label: '', scale: kind }, values, 0, 100)
        expect([...scale.ticks, ...values].map(scale.at).every(Number.isFinite)).toBe(true)
      }
  })
})

const table = { caption: 'Links', columns: ['shape', 'links'], rows: [['flat', 496], ['a|b', null]] } as const // prettier-ignore
const outcome: Outcome = {
  tables: [table],
  charts: [
    { type: 'bars', title: 'A <b>', value: { label: 'ms' }, groups: ['x', 'y'], series: [{ name: 'p50', values: [1, null] }] },
    { type: 'lines', title: 'L', x: { label: 'nodes' }, y: { label: 'links' }, series: [{ name: 'flat', points: [[32, 496], [2, 1]] }] },
  ],
  claims: [{ text: 'few links', holds: true }, { text: 'fast', holds: false }],
} // prettier-ignore
const run: Run = {
  name: 'links',
  command: 'npm run experiment -- links --quick',
  date: new Date(Date.UTC(2026, 0, 2)),
  machine: { cores: 2, cpu: 'a cpu', memoryGiB: 4, system: 'Linux 6', node: 'v24', load: 0.5 },
  values: { quick: true },
}

describe('documents', () => {
  const { markdown, json, svg } = documentsOf({ title: 'Links', about: 'How many.' }, outcome, run)

  it('the table is aligned by its kind, and no cell breaks it', () => {
    expect(tableAsMarkdown(table)).toBe('| shape | links |\n| --- | ---: |\n| flat | 496 |\n| a\\|b | – |')
  })

  it('the text has the command beside each table, says which claims do not hold, and on what it was made', () => {
    expect(markdown).toContain('```sh\nnpm run experiment -- links --quick\n```\n\n| shape')
    expect(markdown).toContain('- ✓ few links\n- ✗ **not**: fast')
    expect(markdown).toContain('(./links.svg)')
    expect(markdown).toContain('2 cores (a cpu), 4 GiB, Linux 6, Node v24, load 0.5 when it began; 2026-01-02')
  })

  it('the JSON has numbers under the names of their columns', () => {
    expect(JSON.parse(json)).toMatchObject({
      command: run.command,
      options: { quick: true },
      tables: [
        {
          rows: [
            { shape: 'flat', links: 496 },
            { shape: 'a|b', links: null },
          ],
        },
      ],
    })
  })

  it('without a chart there is no picture, and none is named', () => {
    const without = documentsOf({ title: 'Links', about: '' }, { ...outcome, charts: [] }, run)
    expect([without.svg, without.markdown.includes('.svg')]).toEqual([null, false])
  })

  it('a legend that does not fit goes on in the next line', () => {
    const names = Array.from({ length: 6 }, (_, i) => `a series with a name, number ${i}`)
    const series = names.map((name) => ({ name, points: [[1, 1]] as const }))
    const drawn = pictureOf([{ type: 'lines', title: 'T', x: { label: 'x' }, y: { label: 'y' }, series }])
    const places = [...drawn.matchAll(/<text x="([\d.]+)" y="[\d.]+">a series/g)].map(([, x]) => Number(x))
    expect(places).toHaveLength(6)
    expect(Math.max(...places)).toBeLessThan(760 - names[0]!.length * 7)
  })

  it('the picture is the same for the same figures, has no value that is no number, and escapes what it is told', () => {
    expect(svg).toBe(pictureOf(outcome.charts))
    expect(svg).not.toMatch(/NaN|Infinity|undefined|<b>/)
    expect(svg).toContain('A &lt;b&gt;')
  })
})
