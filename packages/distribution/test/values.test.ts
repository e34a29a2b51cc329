/** Values that are kept: as bytes that stand alone, read again by somebody who was not there. */
import { internPid } from '@agner/core/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ValueCodec } from '../src/values.ts'
import { pidOfA, pidOfB, refOfB, values } from './wire.ts'

describe('values that are kept', () => {
  it('are the same when they are read, by whomever, in any order', () => {
    const writer = new ValueCodec()
    fc.assert(
      fc.property(fc.array(values, { maxLength: 6 }), (list) => {
        const kept = list.map((value) => writer.encode(value))
        const reader = new ValueCodec()
        expect(kept.toReversed().map((bytes) => reader.decode(bytes))).toEqual(list.toReversed())
      }),
      { numRuns: 300 },
    )
  })

  it('pids and refs come back as the ones that they are', () => {
    const bytes = new ValueCodec().encode([pidOfA, new Map([[pidOfB, refOfB]])])
    const [first, map] = new ValueCodec().decode(bytes) as [unknown, Map<unknown, unknown>]
    expect(first).toBe(pidOfA)
    expect([...map]).toEqual([[pidOfB, refOfB]])
    expect(map.get(pidOfB)).toBe(refOfB)
  })

  it('a pid of the node that writes is said in full: to read it is to name its node', () => {
    const { node, incarnation, id } = pidOfA
    const bytes = new ValueCodec().encode(pidOfA)
    expect(new TextDecoder().decode(bytes)).toContain(node)
    expect(new ValueCodec().decode(bytes)).toBe(internPid(node, incarnation, id))
  })

  it('large byte strings, and values over several slabs, are whole', () => {
    const codec = new ValueCodec()
    const large = [new Uint8Array(300_000).fill(7), 'x'.repeat(200_000), new Uint8Array(20_000).fill(9)]
    const before = codec.encode({ small: 1 })
    expect(codec.decode(codec.encode(large))).toEqual(large)
    expect(codec.decode(before)).toEqual({ small: 1 })
  })

  it('what cannot be sent is refused, and the next value is whole', () => {
    const codec = new ValueCodec()
    expect(() => codec.encode({ deep: [() => 1] })).toThrow(TypeError)
    expect(() => codec.encode([new Uint8Array(50_000), new WeakMap()])).toThrow(TypeError)
    expect(codec.decode(codec.encode(['fine']))).toEqual(['fine'])
  })

  it('bytes that say nothing are refused', () => {
    const codec = new ValueCodec()
    const bytes = codec.encode({ list: [1, 2, 3], text: 'abc' })
    for (let end = 0; end < bytes.length; end++) expect(() => codec.decode(bytes.subarray(0, end))).toThrow()
  })
})
