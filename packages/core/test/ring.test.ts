import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Ring } from '../src/kernel/ring.ts'

type Step = { readonly kind: 'push' } | { readonly kind: 'shift' } | { readonly kind: 'take'; readonly at: number } | { readonly kind: 'clear' } | { readonly kind: 'burst'; readonly count: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Step>({ kind: 'push' }) },
  { weight: 4, arbitrary: fc.constant<Step>({ kind: 'shift' }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('take' as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'clear' }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('burst' as const), count: fc.integer({ min: 1, max: 40 }) }) },
)

function contents(ring: Ring<number>): number[] {
  const found: number[] = []
  for (let position = ring.start; position < ring.end; position++) {
    const item = ring.at(position)
    if (item !== undefined) found.push(item)
  }
  return found
}

function positionOf(ring: Ring<number>, item: number): number {
  for (let position = ring.start; position < ring.end; position++) if (ring.at(position) === item) return position
  throw new Error(`${item} is not in the ring`)
}

describe('ring', () => {
  test('holds what an array would hold, whatever is taken from where', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const ring = new Ring<number>()
        const model: number[] = []
        let made = 0
        for (const each of steps) {
          if (each.kind === 'push') {
            ring.push(made)
            model.push(made++)
          } else if (each.kind === 'burst') {
            for (let left = each.count; left > 0; left--) {
              ring.push(made)
              model.push(made++)
            }
          } else if (each.kind === 'clear') {
            ring.clear()
            model.length = 0
          } else if (model.length > 0 && each.kind === 'shift') {
            expect(ring.shift()).toBe(model.shift())
          } else if (model.length > 0 && each.kind === 'take') {
            const [item] = model.splice(each.at % model.length, 1)
            expect(ring.take(positionOf(ring, item!))).toBe(item)
          }
          expect(ring.size).toBe(model.length)
          expect(contents(ring)).toEqual(model)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('a position noted once never skips what was pushed after it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.array(step, { maxLength: 200 }), (before, after) => {
        const ring = new Ring<number>()
        let made = 0
        const apply = (each: Step) => {
          if (each.kind === 'push') ring.push(made++)
          else if (each.kind === 'burst') for (let left = each.count; left > 0; left--) ring.push(made++)
          else if (ring.size > 0 && each.kind === 'shift') ring.shift()
          else if (ring.size > 0 && each.kind === 'take') {
            const items = contents(ring)
            ring.take(positionOf(ring, items[each.at % items.length]!))
          }
        }
        before.forEach(apply)
        const mark = ring.end
        const firstAfter = made
        after.forEach(apply)
        const seen: number[] = []
        for (let position = Math.max(mark, ring.start); position < ring.end; position++) {
          const item = ring.at(position)
          if (item !== undefined) seen.push(item)
        }
        expect(contents(ring).filter((item) => item >= firstAfter)).toEqual(seen.filter((item) => item >= firstAfter))
      }),
      { numRuns: 200 },
    )
  })

  test('undefined and false are items like others to shift', () => {
    const ring = new Ring<unknown>()
    for (const item of [undefined, false, 0, null]) ring.push(item)
    expect([ring.shift(), ring.shift(), ring.shift(), ring.shift()]).toEqual([undefined, false, 0, null])
  })

  test('taking from the middle of a long queue again and again costs no more each time', () => {
    const ring = new Ring<number>()
    const count = 200_000
    for (let item = 0; item < count; item++) ring.push(item)
    const startMs = performance.now()
    // The first one stays, so the head never moves; each round takes the newest but one.
    for (let round = 0; round < count; round++) {
      ring.push(count + round)
      ring.take(ring.end - 2)
    }
    expect(ring.size).toBe(count)
    expect(performance.now() - startMs).toBeLessThan(1000)
  })
})
