import { describe, expect, it } from 'vitest'
import { findNewest, type PageAfter } from '../src/rooms/newest.ts'

function history(ids: readonly number[], pageSize = 50): { pageAfter: PageAfter; looks: number[] } {
  const looks: number[] = []
  const pageAfter: PageAfter = async (after) => {
    looks.push(after)
    const from = firstAbove(ids, after)
    const found = ids.slice(from, from + pageSize).map((id) => ({ id }))
    return { found, more: from + pageSize < ids.length }
  }
  return { pageAfter, looks }
}

function firstAbove(ids: readonly number[], after: number): number {
  let [low, high] = [0, ids.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ids[middle]! > after) high = middle
    else low = middle + 1
  }
  return low
}

const dense = (count: number, first = 1, every = 1): number[] =>
  Array.from({ length: count }, (_, place) => first + place * every)

describe('the newest message of a room', () => {
  it.each([
    ['an empty room', [], 0],
    ['one message', [7], 7],
    ['a page less one', dense(49), 49],
    ['a page', dense(50), 50],
    ['a page and one', dense(51), 51],
    ['some pages', dense(1234), 1234],
    ['a busy room that was quiet at first', [...dense(60), ...dense(60, 9_000_000)], 9_000_059],
    ['a room that was busy at first', [...dense(100_000), 2_000_000, 3_000_000_000], 3_000_000_000],
    ['one that has every thousandth', dense(5000, 3, 1000), 4_999_003],
  ] as const)('is found in %s', async (_, ids, newest) => expect(await findNewest(history(ids).pageAfter)).toBe(newest))

  it('is found wherever it is', async () => {
    for (let count = 1; count < 400; count++) {
      const ids = dense(count, 1 + (count % 7), 1 + (count % 13))
      expect(await findNewest(history(ids).pageAfter)).toBe(ids.at(-1))
    }
  })

  it('of a million messages is found in few looks', async () => {
    const { pageAfter, looks } = history(dense(1_000_000))
    expect(await findNewest(pageAfter)).toBe(1_000_000)
    expect(looks.length).toBeLessThan(40)
  })

  it('is found while more are stored, and is none that was stored later', async () => {
    const ids = dense(5000)
    const { pageAfter, looks } = history(ids)
    const found = await findNewest((after) => {
      ids.push(...dense(20, ids.length + 1))
      return pageAfter(after)
    })
    expect(found).toBeGreaterThanOrEqual(5000)
    expect(found).toBeLessThanOrEqual(ids.length)
    expect(looks.length).toBeLessThan(40)
  })

  it('is found although pages are as small as they can be', async () => {
    const { pageAfter, looks } = history(dense(1000), 1)
    expect(await findNewest(pageAfter)).toBe(1000)
    expect(looks.length).toBeLessThan(30)
  })

  it('is not known when nobody answers', async () => {
    const { pageAfter, looks } = history(dense(1000))
    const found = await findNewest((after) => (looks.length < 3 ? pageAfter(after) : Promise.resolve(null)))
    expect(found).toBe(null)
  })
})
