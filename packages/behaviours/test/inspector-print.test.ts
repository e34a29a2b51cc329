/**
 * Values as lines: what they look like, and that nothing makes them long, loops, runs code or throws.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { printLine, printLines } from '../src/inspector/print.ts'

test('what fits stands on one line; what does not, one entry a line', () => {
  expect(printLines({ a: 1, 'b-c': [true, null, undefined], d: new Map([['x', new Set([1n])]]) })).toEqual([
    '{ a: 1, "b-c": [true, null, undefined], d: Map(1) { "x" → Set(1) { 1n } } }',
  ])
  expect(printLines({ users: ['a'.repeat(40), 'b'.repeat(40)], at: new Date(0) })).toEqual([
    '{',
    '  users: [',
    `    "${'a'.repeat(40)}",`,
    `    "${'b'.repeat(40)}",`,
    '  ],',
    '  at: 1970-01-01T00:00:00.000Z,',
    '}',
  ])
  class Account {
    owner = 'Ann'
  }
  expect(printLine(new Account())).toBe('Account { owner: "Ann" }')
  expect(printLine([new Error('no'), new Uint8Array(3), () => 1, -0, {}])).toBe(
    '[Error: no, Uint8Array(3 bytes), [function], -0, {}]',
  )
})

test('what is left out is counted', () => {
  expect(printLine(Array.from({ length: 12 }, (_, n) => n))).toBe('[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … 2 more]')
  expect(
    printLines(
      Array.from({ length: 1000 }, (_, n) => n),
      { entries: 60 },
    ).at(-2),
  ).toBe('  … 940 more')
  expect(
    printLines(
      Array.from({ length: 40 }, () => 'x'.repeat(100)),
      { length: 300 },
    ),
  ).toHaveLength(4)
  expect(printLine('x'.repeat(1000))).toHaveLength(200)
})

test('no code of the value runs, and a circle ends', () => {
  const trap = {
    get secret(): never {
      throw new Error('run')
    },
    toJSON: () => 'run',
    self: null as unknown,
  }
  trap.self = trap
  expect(printLine(trap)).toBe('{ secret: [accessor], toJSON: [function], self: [circle] }')
  expect(printLine({ a: { b: { c: { d: { e: 1 } } } } })).toBe('{ a: { b: { c: { d: {…} } } } }')
})

test('any value gives bounded text in bounded time', () => {
  const wide = (depth: number): unknown => (depth === 0 ? 'leaf' : Array.from({ length: 30 }, () => wide(depth - 1)))
  const shared = Array.from({ length: 20 }).reduce((inner: unknown) => [inner, inner, inner], 'x')
  for (const value of [wide(4), shared]) expect(printLines(value).join('\n').length).toBeLessThanOrEqual(16_500)
  fc.assert(
    fc.property(fc.anything({ withMap: true, withSet: true, withBigInt: true, withDate: true }), (value) => {
      const lines = printLines(value, { length: 500 })
      expect(lines.join('\n').length).toBeLessThanOrEqual(540)
      expect(printLine(value, 80).length).toBeLessThanOrEqual(80)
    }),
  )
})
