import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Ring } from '../src/kernel/ring.ts'

type Step =
  | { readonly kind: 'push'; readonly count: number }
  | { readonly kind: 'shift' }
  | { readonly kind: 'take'; readonly at: number }
  /** Leaves the first and every nth: the way to a ring that is mostly holes. */
  | { readonly kind: 'thin'; readonly nth: number }
  | { readonly kind: 'clear' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('push' as const), count: fc.oneof(fc.constant(1), fc.nat({ max: 30 })) }),
  },
  { weight: 4, arbitrary: fc.constant<Step>({ kind: 'shift' }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('take' as const), at: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('thin' as const), nth: fc.integer({ min: 2, max: 20 }) }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'clear' }) },
)

function contents(ring: Ring<number>): number[] {
  const found: number[] = []
  for (let position = ring.start; position < ring.end; position++) {
    const item = ring.at(position)
    if (item !== undefined) found.push(item)
  }
  return found
}

function takeItem(ring: Ring<number>, item: number): number {
  for (let position = ring.start; position < ring.end; position++) {
    if (ring.at(position) === item) return ring.take(position)
  }
  throw new Error(`${item} is not in the ring`)
}

/** A ring of counting numbers and the array that it should equal. */
class Pair {
  readonly ring: Ring<number> = new Ring<number>()
  model: number[] = []
  made = 0

  apply(each: Step): void {
    const { ring, model } = this
    if (each.kind === 'push') {
      for (let left = each.count; left > 0; left--) {
        ring.push(this.made)
        model.push(this.made++)
      }
    } else if (each.kind === 'clear') {
      ring.clear()
      this.model = []
    } else if (each.kind === 'thin') {
      for (const item of model.filter((_, index) => index % each.nth !== 0)) expect(takeItem(ring, item)).toBe(item)
      this.model = model.filter((_, index) => index % each.nth === 0)
    } else if (model.length > 0 && each.kind === 'shift') expect(ring.shift()).toBe(model.shift())
    else if (model.length > 0 && each.kind === 'take') {
      const [item] = model.splice(each.at % model.length, 1)
      expect(takeItem(ring, item!)).toBe(item)
    }
  }
}

describe('ring', () => {
  test('holds what an array would hold, whatever is taken from where', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const pair = new Pair()
        for (const each of steps) {
          pair.apply(each)
          expect(pair.ring.size).toBe(pair.model.length)
          expect(contents(pair.ring)).toEqual(pair.model)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('a position noted once never skips what was pushed after it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.array(step, { maxLength: 60 }), (before, after) => {
        const pair = new Pair()
        for (const each of before) pair.apply(each)
        const mark = pair.ring.end
        const firstAfter = pair.made
        for (const each of after) pair.apply(each)
        const seen: number[] = []
        for (let position = Math.max(mark, pair.ring.start); position < pair.ring.end; position++) {
          const item = pair.ring.at(position)
          if (item !== undefined && item >= firstAfter) seen.push(item)
        }
        expect(seen).toEqual(pair.model.filter((item) => item >= firstAfter))
      }),
      { numRuns: 200 },
    )
  })

  test('who follows the items knows at any time where each of them stands', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const pair = new Pair()
        const { ring } = pair
        const known = new Map<number, number>()
        ring.follower = {
          moved: (from, to) => {
            known.set(to, known.get(from)!)
            known.delete(from)
          },
        }
        for (const each of steps) {
          const before = pair.made
          pair.apply(each)
          for (let item = before; item < pair.made; item++) known.set(ring.end - (pair.made - item), item)
          for (let position = ring.start; position < ring.end; position++)
            if (ring.at(position) !== undefined) expect(known.get(position)).toBe(ring.at(position))
        }
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
