/** States that are data are compared by value. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSameState } from '../src/statem/same-state.ts'

const data = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.bigInt(),
    fc.constant(NaN),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 3 }),
  ),
  any: fc.oneof(
    { maxDepth: 3 },
    tie('leaf'),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 2 }), tie('any'), { maxKeys: 3 }),
    fc
      .array(fc.tuple(fc.oneof(fc.integer(), fc.tuple(fc.integer())), tie('any')), { maxLength: 2 })
      .map((entries) => new Map<unknown, unknown>(entries)),
    fc.array(fc.oneof(fc.integer(), fc.tuple(fc.integer())), { maxLength: 2 }).map((parts) => new Set<unknown>(parts)),
  ),
})).any

describe('two states', () => {
  it('are the same as their copies', () => {
    fc.assert(fc.property(data, (state) => isSameState(state, structuredClone(state))))
  })

  it('are the same both ways round, or not', () => {
    fc.assert(fc.property(data, data, (one, other) => isSameState(one, other) === isSameState(other, one)))
  })

  it('differ when anything in them does', () => {
    fc.assert(
      fc.property(data, data, (one, other) => {
        fc.pre(!isSameState(one, other))
        return !isSameState({ at: [one] }, { at: [other] }) && !isSameState([one, 1], [other, 1])
      }),
    )
  })

  it.each([
    ['a', 'b'],
    [{ at: 1 }, { at: 2 }],
    [{ at: 1 }, { at: 1, more: undefined }],
    [{ at: undefined }, { there: undefined }],
    [[1, 2], [1]],
    [[1], { 0: 1 }],
    [null, {}],
    [new Map([[{ a: 1 }, 1]]), new Map([[{ a: 2 }, 1]])],
    [new Set([[1]]), new Set([[2]])],
    [new Date(1), new Date(2)],
    [new Uint8Array([1]), new Uint8Array([2])],
    [0, '0'],
    [undefined, null],
  ])('%o and %o are two', (one, other) => {
    expect(isSameState(one, other)).toBe(false)
  })

  it('that cannot be compared by value are the same if they are identical', () => {
    const error = new Error('x')
    expect(isSameState({ error }, { error })).toBe(true)
    expect(isSameState(new Error('x'), error)).toBe(false)
    expect(isSameState({ __proto__: null, a: 1 }, { __proto__: null, a: 1 })).toBe(true)
  })
})
