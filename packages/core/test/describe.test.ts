import { describe, expect, test } from 'vitest'
import { createNode, describeReason, type ExitReason } from '../src/index.ts'

const shown = (value: unknown): string => describeReason(value as ExitReason)

describe('a reason as text', () => {
  test.each<[unknown, string]>([
    ['shutdown', 'shutdown'],
    ['x'.repeat(501), `"${'x'.repeat(500)}…"`],
    [{ n: 1n }, '{"n":1n}'],
    [5n, '5n'],
    [-0, '-0'],
    [Number.NaN, 'NaN'],
    [undefined, 'undefined'],
    [null, 'null'],
    [{ shutdown: { at: [1, 'two', true, null] } }, '{"shutdown":{"at":[1,"two",true,null]}}'],
    [{ failed: new TypeError('inside') }, '{"failed":TypeError: inside}'],
    [new Map<unknown, unknown>([['a', 1n]]), 'Map{"a":1n}'],
    [new Set([1, 'b']), 'Set[1,"b"]'],
    [[new Date(0), new Date(Number.NaN), new Uint8Array(3)], '[1970-01-01T00:00:00.000Z,an invalid date,[3 bytes]]'],
    [Symbol('s'), 'Symbol(s)'],
    [() => 1, '[a function]'],
    [Object.create(null), '{}'],
  ])('%o', (value, text) => {
    expect(shown(value)).toBe(text)
  })

  test('pids and refs are named', () => {
    const node = createNode({ name: 'n@h' })
    expect(shown({ pid: node.spawn(async () => {}), ref: node.makeRef() })).toMatch(
      /^\{"pid":<n@h\.\d+>,"ref":#Ref<n@h\.\d+>\}$/,
    )
  })

  test('is cut off: long strings, many entries, deep ones, and all in all', () => {
    expect(shown(['x'.repeat(1000)])).toHaveLength(500 + 1 + 4)
    expect(shown(Array.from({ length: 25 }, (_, n) => n))).toBe(
      '[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,… 5 more]',
    )
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    expect(shown(cycle)).toBe('{"self":{"self":{"self":{"self":{"self":{"self":…}}}}}}')
    const wide = (levels: number): unknown =>
      levels === 0 ? 'leaf' : Array.from({ length: 20 }, () => wide(levels - 1))
    expect(shown(wide(3))).toHaveLength(2001)
  })

  test('what cannot be read is said to be so', () => {
    const hostile = {
      get secret(): never {
        throw new Error('no')
      },
    }
    expect(shown(hostile)).toBe('a value that cannot be shown')
  })
})
