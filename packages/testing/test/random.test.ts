import { expect, test } from 'vitest'
import { SeededRandom } from '../src/random.ts'

test('seeds that lie next to each other have nothing in common', () => {
  const firsts = new Set<number>()
  for (let seed = 0; seed < 10_000; seed++) firsts.add(new SeededRandom(seed).uint32())
  expect(firsts.size).toBeGreaterThan(9_990)
})

test('streams of one seed differ', () => {
  expect(new SeededRandom(1, 1).uint32()).not.toBe(new SeededRandom(1, 2).uint32())
})

test('numbers are spread evenly over their range and never reach 1', () => {
  const random = new SeededRandom(42)
  const tens = new Array<number>(10).fill(0)
  const below = new Array<number>(7).fill(0)
  for (let i = 0; i < 70_000; i++) {
    const value = random.number()
    expect(value >= 0 && value < 1).toBe(true)
    tens[Math.floor(value * 10)]!++
    below[random.below(7)]!++
  }
  for (const count of tens) expect(Math.abs(count - 7000)).toBeLessThan(400)
  for (const count of below) expect(Math.abs(count - 10_000)).toBeLessThan(500)
})

test('the sequence of a seed is fixed for good: replays outlive versions', () => {
  const random = new SeededRandom(1, 2)
  expect([random.uint32(), random.uint32(), random.uint32(), random.below(100), ...random.bytes(3)])
    .toMatchInlineSnapshot(`
    [
      3521153268,
      3245100220,
      1087042259,
      12,
      146,
      168,
      248,
    ]
  `)
})
