/**
 * Events as lines: one line each, bounded, and never a reason to fail.
 */
import { createNode } from '@agner/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createVirtualRuntime } from '@agner/testing'
import { jsonLines, singleLine, type LogEvent } from '../src/index.ts'

const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
const event = (message: LogEvent['message'], meta: object = {}): LogEvent => ({
  level: 'error',
  message,
  meta: { timeMs: at, pid: null, node: 'a@b', ...meta },
})
const stamp = '2026-01-02T03:04:05.678Z'

it('a line has time, level and text, with its line feeds as commas', () => {
  expect(singleLine()(event({ text: 'one\n  two,\nthree\n' }))).toBe(`${stamp} error one, two, three\n`)
  expect(singleLine({ charsLimit: 10 })(event({ text: 'a long text it is' }))).toBe(`${stamp} error a long ...\n`)
  const line = singleLine({ keys: ['order', 'missing'] })(event({ text: 'x' }, { order: { id: 7 } }))
  expect(line).toBe(`${stamp} error x order={"id":7}\n`)
})

it('a report is put into words by its own formatter, and one that fails loses nothing', () => {
  const format = singleLine()
  expect(format(event({ report: { what: 'sold', count: 3 } }))).toBe(`${stamp} error what: sold, count: 3\n`)
  const own = { formatReport: (report: object) => `${(report as { count: number }).count} sold` }
  expect(format(event({ report: { count: 3 } }, own))).toBe(`${stamp} error 3 sold\n`)
  const bad = {
    formatReport: () => {
      throw new Error('oh')
    },
  }
  expect(format(event({ report: { count: 3 } }, bad))).toBe(`${stamp} error FORMATTING FAILED: Error: oh: count: 3\n`)
})

it('a JSON line has all that is known, as JSON can have it', () => {
  const node = createNode({ runtime: createVirtualRuntime() })
  const pid = node.spawn(async () => {})
  const line = jsonLines()(event({ report: { pid, big: 10n } }, { pid, domain: ['x'], error: new Error('e') }))
  const parsed = JSON.parse(line) as Record<string, unknown>
  expect(parsed).toMatchObject({
    time: stamp,
    level: 'error',
    node: 'a@b',
    pid: String(pid),
    report: { pid: String(pid), big: '10' },
    meta: { domain: ['x'], error: { name: 'Error', message: 'e' } },
  })
})

it('whatever it is given, a formatter makes one line', () => {
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error('no')
      },
      ownKeys: () => {
        throw new Error('no')
      },
    },
  )
  const special = { circle, hostile }
  const chosen = fc.constantFrom<keyof typeof special>('circle', 'hostile').map((name) => ({ name }))
  fc.assert(
    fc.property(fc.oneof(fc.anything(), chosen), (given) => {
      const { name } = (given ?? {}) as { name?: keyof typeof special }
      const value = name !== undefined && Object.hasOwn(special, name) ? special[name] : given
      const message = typeof value === 'object' && value !== null ? { report: value } : { text: String(value) }
      for (const format of [singleLine({ keys: ['value'] }), jsonLines()]) {
        const line = format(event(message, { value }))
        expect(line.indexOf('\n')).toBe(line.length - 1)
      }
    }),
  )
})
