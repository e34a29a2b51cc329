import { describe, expect, test } from 'vitest'
import { Tally } from '../src/kernel/demands.ts'

describe('a tally', () => {
  test('never exceeds its limit, and counts seldom', () => {
    let [left, counts, most] = [0, 0, 0]
    const tally = new Tally(1600, () => {
      counts++
      return left
    })
    let random = 7
    for (let i = 0; i < 200_000; i++) {
      random = (random * 1_103_515_245 + 12_345) % 2 ** 31
      // As many end as are asked for, on average: the worst time to count.
      if (random % 2 === 0) left = Math.max(0, left - 1)
      else if (tally.take()) left++
      most = Math.max(most, left)
    }
    expect(most).toBeLessThanOrEqual(1600)
    expect(counts).toBeLessThan(200_000 / 50)
  })

  test('at its limit refuses without counting each time, and gives way once a sixteenth is free', () => {
    let [left, counts] = [0, 0]
    const tally = new Tally(160, () => {
      counts++
      return left
    })
    for (let i = 0; i < 160; i++) if (tally.take()) left++
    for (let i = 0; i < 1100; i++) expect(tally.take()).toBe(false)
    expect(counts).toBeLessThanOrEqual(102)
    left = 150
    for (let i = 0; i < 30; i++) if (tally.take()) left++
    expect(left).toBe(160)
    left = 155
    for (let i = 0; i < 200; i++) expect(tally.take()).toBe(false)
  })
})
