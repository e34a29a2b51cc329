import { expect, test } from 'vitest'
import { isDuration, longestMs } from '../src/duration.ts'

/** They all are greater than 0 and smaller than Infinity, or as great as 0, to the comparisons of the language. */
const noTimes: readonly unknown[] = ['5000', '', null, [], [30_000], true, new Date(5), 5n, Number.NaN, -1]

test('only a number is a time, within its bounds', () => {
  for (const value of [...noTimes, undefined, {}, -Infinity]) expect(isDuration(value)).toBe(false)
  for (const value of [0, 0.5, 5000, longestMs, Infinity]) expect(isDuration(value)).toBe(true)
  expect([99, 100, longestMs, longestMs + 1, Infinity].map((ms) => isDuration(ms, 100, longestMs))).toEqual([
    false,
    true,
    true,
    false,
    false,
  ])
})
