import { describe, expect, it } from 'vitest'
import { sizeOf } from '../../src/relay/size.ts'

interface Part {
  readonly parts: Part[]
}

describe('the size of a message', () => {
  it('is about what it takes', () => {
    expect(sizeOf('text', 1000)).toBe(9)
    expect(sizeOf([1, { key: 'a' }, new Uint8Array(10)], 1000)).toBe(5 + 9 + 5 + 5 + 6 + 15)
    expect(sizeOf(null, 1000)).toBeGreaterThan(0)
    expect(sizeOf(new Map([[1, new Set([2])]]), 1000)).toBe(5 + 9 + 5 + 9)
  })

  it('of a cycle is none: it is too deep, at once, or too large', () => {
    const root: Part = { parts: [] }
    root.parts.push(root, root)
    expect(() => sizeOf(root, 256 * 1024)).toThrow(expect.objectContaining({ code: 'copy.too_deep' }))
    expect(sizeOf(root, 100)).toBeGreaterThan(100)
  })

  it('goes no further than the limit in what says the same again and again', () => {
    let part: Part = { parts: [] }
    for (let i = 0; i < 100; i++) part = { parts: [part, part] }
    const bytes = sizeOf(part, 10_000)
    expect(bytes).toBeGreaterThan(10_000)
    expect(bytes).toBeLessThan(11_000)
    expect(sizeOf(Array.from({ length: 1e6 }), 10_000)).toBeLessThan(11_000)
  })
})
