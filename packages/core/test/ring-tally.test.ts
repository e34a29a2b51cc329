import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tallyOf } from '../src/kernel/ring-tally.ts'
import { Ring } from '../src/kernel/ring.ts'

const step = fc.oneof(
  fc.record({ kind: fc.constant('push' as const), items: fc.array(fc.boolean(), { maxLength: 20 }) }),
  fc.record({ kind: fc.constant('shift' as const), times: fc.nat({ max: 20 }) }),
  fc.record({ kind: fc.constant('count' as const) }),
)

test('counts what passes in a queue, whatever came and went, with one look at each item', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ring = new Ring<unknown>()
      const model: { passes: boolean; looks: number }[] = []
      for (const each of steps) {
        if (each.kind === 'push')
          for (const passes of each.items) {
            const item = { passes, looks: 0 }
            model.push(item)
            ring.push(item)
          }
        else if (each.kind === 'shift')
          for (let times = Math.min(each.times, model.length); times > 0; times--) {
            ring.shift()
            model.shift()
          }
        else {
          const count = tallyOf(ring).count((item) => {
            const looked = item as (typeof model)[0]
            looked.looks++
            return looked.passes
          }, null)
          expect(count).toBe(model.filter(({ passes }) => passes).length)
          expect(model.filter(({ looks }) => looks !== 1)).toEqual([])
        }
      }
    }),
  )
})
