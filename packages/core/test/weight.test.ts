import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createNode } from '../src/index.ts'
import { weigh } from '../src/kernel.ts'

interface Part {
  readonly parts: Part[]
}

const nothing = { byteStrings: 0, isTooDeep: false }

function bytesOf(value: unknown, most = Infinity): number {
  const { objectBytes, byteStrings } = weigh(value, most)
  return objectBytes + byteStrings
}

/** A stack is as long as the paths in it. */
function withoutStack(error: Error): Error {
  return Object.defineProperty(error, 'stack', { value: '' })
}

describe('the weight of a value', () => {
  it('is about what it takes, byte strings apart', () => {
    expect(weigh('text', 1000)).toEqual({ objectBytes: 9, ...nothing })
    expect(weigh('語', 1000)).toEqual({ objectBytes: 8, ...nothing })
    expect(weigh([1, { key: 'a' }, new Uint8Array(10)], 1000)).toEqual({
      objectBytes: 5 + 9 + (5 + 8 + 6) + 5,
      byteStrings: 10,
      isTooDeep: false,
    })
    expect(weigh(new Map([[1, new Set([2])]]), 1000)).toEqual({ objectBytes: 5 + 9 + 5 + 9, ...nothing })
  })

  it.each([
    ['null', null, 1],
    ['an empty object', {}, 5],
    ['a large whole number', 2n ** 800n, 100],
    ['an error', withoutStack(new Error('x'.repeat(100), { cause: 'y'.repeat(100) })), 200],
    ['a code', withoutStack(Object.assign(new Error('x'), { code: 'c'.repeat(300) })), 300],
    ['a pid, with the name of its node', createNode({ name: `${'n'.repeat(100)}@h` }).spawn(async () => {}), 102],
  ])('%s counts', (_, value, least) => {
    const bytes = bytesOf(value)
    expect(bytes).toBeGreaterThanOrEqual(least)
    expect(bytes).toBeLessThan(2 * least + 50)
  })

  it('what cannot be sent is empty, and is not looked into', () => {
    class Graph {
      get next(): never {
        throw new Error('somebody looked')
      }
    }
    expect(bytesOf(new Graph())).toBe(5)
    expect(bytesOf(() => 1)).toBe(1)
  })

  it('of a cycle is none: it is too deep, at once, or too large', () => {
    const root: Part = { parts: [] }
    root.parts.push(root, root)
    expect(weigh(root, 256 * 1024).isTooDeep).toBe(true)
    expect(weigh(root, 100)).toMatchObject({ isTooDeep: false })
    expect(bytesOf(root, 100)).toBeGreaterThan(100)
  })

  it('goes no further than the limit in what says the same again and again', () => {
    let part: Part = { parts: [] }
    for (let i = 0; i < 100; i++) part = { parts: [part, part] }
    const bytes = bytesOf(part, 10_000)
    expect(bytes).toBeGreaterThan(10_000)
    expect(bytes).toBeLessThan(11_000)
    expect(bytesOf(Array.from({ length: 1e6 }), 10_000)).toBeLessThan(11_000)
  })

  it('is more than that of its parts', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, more) => {
        expect(bytesOf({ value, more })).toBeGreaterThan(bytesOf(value) + more.length)
      }),
    )
  })
})
