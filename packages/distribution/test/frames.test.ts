import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReader } from '../src/wire/frame-reader.ts'
import { FrameWriter } from '../src/wire/frame-writer.ts'
import { ByteReader } from '../src/wire/byte-reader.ts'
import { WireError } from '../src/wire/wire-error.ts'
import { framed, inParts, joined } from './wire.ts'

const cuts = fc.array(fc.nat(), { maxLength: 40 })

describe('the frame reader', () => {
  it('finds the same frames wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 6000 }), { maxLength: 8 }), cuts, (contents, places) => {
        const seen: Uint8Array[] = []
        const reader = new FrameReader(6000, (bytes, start, end) => seen.push(bytes.slice(start, end)))
        inParts(joined(contents.map(framed)), places, (part) => reader.push(part))
        expect(seen).toEqual(contents)
      }),
    )
  })

  it('refuses a length over the limit as soon as it is seen, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1025, max: 2 ** 32 - 1 }), cuts, (length, places) => {
        const bytes = new Uint8Array(8)
        new DataView(bytes.buffer).setUint32(0, length)
        const reader = new FrameReader(1024, () => expect.unreachable())
        expect(() => inParts(bytes, places, (part) => reader.push(part))).toThrow(WireError)
      }),
    )
  })

  it('keeps no memory for what was only announced', () => {
    const reader = new FrameReader(2 ** 31, () => expect.unreachable())
    const before = process.memoryUsage().arrayBuffers
    const length = new Uint8Array(4)
    new DataView(length.buffer).setUint32(0, 2 ** 30)
    reader.push(length)
    reader.push(new Uint8Array(100))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20)
  })

  it('lets its limit be raised by a frame for the very next one in the same chunk', () => {
    const lengths: number[] = []
    const reader: FrameReader = new FrameReader(10, (_, start, end) => {
      lengths.push(end - start)
      reader.limitBytes = 100
    })
    reader.push(joined([framed(new Uint8Array(10)), framed(new Uint8Array(100))]))
    expect(lengths).toEqual([10, 100])
  })

  it('hands on nothing after it was stopped, not even from the same chunk', () => {
    let count = 0
    const reader: FrameReader = new FrameReader(10, () => {
      count++
      reader.stop()
    })
    reader.push(joined([framed(new Uint8Array(1)), framed(new Uint8Array(1))]))
    reader.push(framed(new Uint8Array(1)))
    expect(count).toBe(1)
  })
})

type Step =
  | { kind: 'frame'; texts: string[]; number: number; rest: Uint8Array }
  | { kind: 'cancelled' }
  | { kind: 'tick' }
  | { kind: 'take' }

describe('the frame writer', () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('frame' as const),
        texts: fc.array(fc.string({ unit: 'grapheme', maxLength: 100 }), { maxLength: 3 }),
        number: fc.maxSafeNat(),
        rest: fc.oneof(
          fc.uint8Array({ maxLength: 40 }),
          fc.integer({ min: 10_000, max: 90_000 }).map((length) => new Uint8Array(length).fill(length & 0xff)),
        ),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'cancelled' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'tick' as const }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'take' as const }) },
  )

  it('gives back what was written, in order, whole frames only, and never changes what was taken', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const writer = new FrameWriter()
        const taken: Uint8Array[] = []
        const copies: Uint8Array[] = []
        let pending = 0
        const take = () => {
          const parts = writer.take()
          pending += parts.reduce((sum, part) => sum + part.length, 0)
          taken.push(...parts)
          copies.push(...parts.map((part) => part.slice()))
        }
        let bytes = 0
        for (const each of steps) {
          if (each.kind === 'take') {
            bytes += writer.pendingBytes
            take()
          } else if (each.kind === 'tick') writer.tick()
          else {
            writer.begin(1, 2)
            if (each.kind === 'cancelled') {
              writer.text('never seen')
              writer.cancel()
            } else {
              for (const text of each.texts) writer.text(text)
              writer.varint(each.number)
              writer.endWith(each.rest)
            }
          }
        }
        bytes += writer.pendingBytes
        take()
        expect(pending).toBe(bytes)
        expect(taken).toEqual(copies)
        const wanted = steps.filter((each) => each.kind === 'frame' || each.kind === 'tick')
        let index = 0
        const reader = new FrameReader(2 ** 20, (chunk, start, end) => {
          const each = wanted[index++]
          if (each?.kind !== 'frame') return expect(end - start).toBe(0)
          const content = new ByteReader(chunk, start, end)
          expect([content.u8(), content.u8()]).toEqual([1, 2])
          for (const text of each.texts) expect(content.text(4096)).toBe(text)
          expect(content.varint()).toBe(each.number)
          expect(Buffer.compare(content.rest(), each.rest)).toBe(0)
        })
        reader.push(joined(taken))
        expect(index).toBe(wanted.length)
      }),
    )
  })
})

describe('the byte reader', () => {
  it('keeps every character of a text, U+FEFF in front too', () => {
    for (const text of ['\ufeffcounter', '\ufeff', '\ufeff\ufeff', `\ufeff${'x'.repeat(100)}`, 'x\ufeff', '']) {
      const writer = new FrameWriter()
      writer.begin(1, 0)
      writer.text(text)
      writer.end()
      const reader = new ByteReader(joined(writer.take()).slice(6))
      expect([reader.text(4096), reader.remaining]).toEqual([text, 0])
    }
  })

  it('never reads past the end, whatever it is asked', () => {
    const ask = fc.constantFrom('u8', 'u16', 'u32', 'varint', 'text', 'rest')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), fc.array(ask), (bytes, asks) => {
        const reader = new ByteReader(bytes)
        try {
          for (const each of asks) {
            if (each === 'text') reader.text(8)
            else if (each === 'rest') reader.rest()
            else (reader[each as 'u8'] as () => number).call(reader)
            expect(reader.remaining).toBeGreaterThanOrEqual(0)
          }
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
    )
  })
})
