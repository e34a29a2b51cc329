/**
 * The list of handlers, against a plain model.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { added, find, replaced, sameId, without } from '../src/events/handler-list.ts'
import type { HandlerId } from '../src/events/handler-protocol.ts'

const id = fc.oneof(
  fc.constantFrom('a', 'b'),
  fc.record({ handler: fc.constantFrom('a', 'b'), id: fc.constantFrom<string | number>(1, '1', 2) }),
) as fc.Arbitrary<HandlerId>

it('finds the newest of an id, and changes one entry only', () => {
  fc.assert(
    fc.property(fc.array(id, { maxLength: 8 }), id, (ids, wanted) => {
      const handlers = ids.map((each) => ({ id: each }))
      const list = handlers.reduce<readonly { readonly id: HandlerId }[]>((all, each) => added(all, each), [])
      expect(list).toEqual(handlers.toReversed())
      const found = find(list, wanted)
      expect(found).toBe(handlers.findLast((each) => JSON.stringify(each.id) === JSON.stringify(wanted)))
      if (found === undefined) return
      const other = { id: wanted }
      expect(without(list, found)).toEqual(list.filter((each) => each !== found))
      expect(replaced(list, found, other).indexOf(other)).toBe(list.indexOf(found))
    }),
  )
})

it('tells a bare name from a tagged one', () => {
  expect(sameId('a', { handler: 'a', id: 'a' })).toBe(false)
  expect(sameId({ handler: 'a', id: 1 }, { handler: 'a', id: '1' })).toBe(false)
})
