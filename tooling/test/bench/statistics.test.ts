import { describe, expect, it } from 'vitest'
import { leastRounds, median, medianInterval, pairedRatios } from '../../bench/statistics.ts'

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)

/** Numbers between 0 and 1, the same in every run. */
function randoms(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

describe('the median', () => {
  it('is the middle one, or the mean of the two in the middle, in whatever order they come', () => {
    expect(median([3])).toBe(3)
    expect(median([9, 1, 5])).toBe(5)
    expect(median([10, 2, 4, 100])).toBe(7)
  })

  it('is refused for no values', () => {
    expect(() => median([])).toThrow(RangeError)
  })

  it('leaves its input as it was', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })
})

describe('the interval of a median', () => {
  // Ranks from tables of the sign test at 95 %.
  it.each([
    [6, 1],
    [8, 1],
    [9, 2],
    [10, 2],
    [12, 3],
    [15, 4],
    [20, 6],
    [25, 8],
    [50, 18],
    [100, 40],
  ])('of %i values goes from the %ith smallest to the one as far from the end', (n, rank) => {
    expect(medianInterval(upTo(n).toReversed())).toEqual({ low: rank, high: n + 1 - rank })
  })

  it.each([0, 1, 2, 3, 4, 5])('of %i values is none', (n) => {
    expect(medianInterval(upTo(n))).toBeNull()
  })

  it('is there from the least number of rounds on', () => {
    expect(medianInterval(upTo(leastRounds))).not.toBeNull()
    expect(medianInterval(upTo(leastRounds - 1))).toBeNull()
  })

  it('holds the median, whatever the values are', () => {
    const next = randoms(7)
    for (let run = 0; run < 500; run++) {
      const values = Array.from({ length: 6 + Math.floor(next() * 50) }, () => 1e6 * next() ** 4)
      const { low, high } = medianInterval(values)!
      expect(low).toBeLessThanOrEqual(median(values))
      expect(high).toBeGreaterThanOrEqual(median(values))
    }
  })

  it('holds the true median in 95 of 100 runs and more', () => {
    const next = randoms(1)
    let hits = 0
    for (let run = 0; run < 2000; run++) {
      // Skewed, with its median at 0.25.
      const { low, high } = medianInterval(Array.from({ length: 10 }, () => next() ** 2))!
      if (low <= 0.25 && high >= 0.25) hits++
    }
    expect(hits / 2000).toBeGreaterThan(0.95)
  })
})

describe('ratios', () => {
  it('are above 1 where Agner is ahead, round by round', () => {
    expect(pairedRatios([10, 20], [30, 10], 'lower')).toEqual([3, 0.5])
    expect(pairedRatios([10, 20], [30, 10], 'higher')).toEqual([1 / 3, 2])
  })

  it('leave out a round that one side has not played', () => {
    expect(pairedRatios([10, 20, 5], [30], 'lower')).toEqual([3])
    expect(pairedRatios([10], [30, 40], 'lower')).toEqual([3])
    expect(pairedRatios([10], [], 'lower')).toEqual([])
  })
})
