/**
 * Values as lines: what they look like, and that nothing makes them long, loops, runs code or throws.
 */
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
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

test('the work is bounded by what is written, however deep and wide the value', () => {
  const looks = (value: unknown): number => {
    const spy = vi.spyOn(Object, 'getOwnPropertyDescriptor')
    printLines(value)
    const { length } = spy.mock.calls
    spy.mockRestore()
    return length
  }
  const nested = (depth: number, inner: unknown): unknown =>
    Array.from({ length: depth }).reduce((each) => Array.from({ length: 50 }, () => each), inner)
  // Leaves, and what takes next to no room.
  for (const inner of ['x'.repeat(100), 'x', []])
    for (const depth of [3, 5, 7]) expect(looks(nested(depth, inner))).toBeLessThan(50_000)
})

test('of objects with very many keys the keys are asked for once, and no more than some million of them', () => {
  const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`key${n}`, n]))
  const keys = vi.spyOn(Object, 'keys')
  const lines = printLines({ a: { b: { wide } } })
  const asked = keys.mock.calls.filter(([value]) => value === wide).length
  keys.mockImplementation(
    (value) => (value === wide ? Array.from({ length: 1e6 }, () => 'key') : Reflect.ownKeys(value)) as string[],
  )
  const after = printLines([wide, { a: 1 }])
  keys.mockRestore()
  expect(asked).toBe(1)
  expect(lines).toContain('        … 950 more')
  expect(after.at(-2)).toBe('  {…},')
})

test('what cannot be read says so, and the rest is there', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  class Hidden extends Error {
    override get message(): string {
      throw new Error('run')
    }
  }
  expect(printLine({ a: proxy, b: [proxy], c: new Map([[proxy, 1]]), d: 1 })).toBe(
    '{ a: [it cannot be read], b: [[it cannot be read]], c: Map(1) { [it cannot be read] → 1 }, d: 1 }',
  )
  expect(printLine(new Hidden())).toBe('Error: [accessor]')
  expect(printLine(Object.create(Map.prototype))).toBe('[it cannot be read]')
})

test('a class runs none of its code, whatever it puts in the place of the language’s', () => {
  const run = (): never => {
    throw new Error('run')
  }
  class Own extends Map<string, number> {
    override get size(): number {
      return run()
    }
    override entries = run
    override [Symbol.iterator] = run
  }
  class Bytes extends Uint8Array {
    static override get name(): string {
      return run()
    }
    override get byteLength(): number {
      return run()
    }
  }
  class Day extends Date {
    override getTime = run
    override toISOString = run
  }
  expect(printLine([new Own([['a', 1]]), new Bytes(3), new Day(0), new ArrayBuffer(7)])).toBe(
    '[Map(1) { "a" → 1 }, bytes(3 bytes), 1970-01-01T00:00:00.000Z, ArrayBuffer(7 bytes)]',
  )
  expect(printLine([10n ** 400n, 5n, Symbol('s'), { ['k'.repeat(5000)]: 1 }])).toMatch(
    /^\[\[a large bigint\], 5n, Symbol\(s\), \{ k{99}…: 1 \}\]$/,
  )
})
