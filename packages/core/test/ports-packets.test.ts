/**
 * Packets: however a stream is cut into chunks, the same packets come out, each in memory of its own.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDecoder, noItem, type Decoder, type DecoderOptions } from '../src/ports/decoder.ts'
import { cutPackets, withHeader, type Packet } from '../src/ports/packets.ts'

const sized = [1, 2, 4] as const

/** Cuts `bytes` at the given places. */
function chunksOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, index) => bytes.slice(places[index], end))
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

/** All packets of a stream that comes in these chunks, and what is left at its end. */
function packetsOf(packet: Packet, chunks: readonly Uint8Array[], limitBytes = 1000): Uint8Array[] {
  const cutter = cutPackets(packet, limitBytes)
  const packets: Uint8Array[] = []
  for (const [index, chunk] of chunks.entries()) {
    cutter.push(chunk, index % 2 === 0)
    for (let next = cutter.next(); next !== null; next = cutter.next()) packets.push(next)
  }
  const rest = cutter.rest()
  return rest === null ? packets : [...packets, rest]
}

const cuts = fc.array(fc.nat(), { maxLength: 30 })
const payload = fc.uint8Array({ maxLength: 200 })

describe('sized packets', () => {
  test('come out as they went in, however they are cut', () => {
    fc.assert(
      fc.property(fc.constantFrom(...sized), fc.array(payload, { maxLength: 10 }), cuts, (size, packets, places) => {
        const stream = join(packets.map((packet) => withHeader(size, packet)))
        expect(packetsOf(size, chunksOf(stream, places))).toEqual(packets)
      }),
    )
  })

  test('byte by byte, too, in a buffer that does not grow with the stream', () => {
    const packets = Array.from({ length: 100 }, (_, n) => new Uint8Array(n).fill(n))
    const stream = join(packets.map((packet) => withHeader(2, packet)))
    expect(
      packetsOf(
        2,
        chunksOf(
          stream,
          Array.from({ length: stream.length }, (_, n) => n),
        ),
      ),
    ).toEqual(packets)
  })

  test('a header that announces too much is refused before anything else of it has come', () => {
    for (const [size, header] of [
      [1, [11]],
      [2, [0, 11]],
      [4, [255, 255, 255, 255]],
    ] as const) {
      const cutter = cutPackets(size, 10)
      cutter.push(new Uint8Array(header), true)
      expect(() => cutter.next()).toThrow(expect.objectContaining({ code: 'port.packet_too_large' }))
    }
  })

  test('a stream that ends within one is refused: what came is not all', () => {
    for (const left of [[0], [0, 5], [0, 5, 1, 2]])
      expect(() => packetsOf(2, [new Uint8Array(left)])).toThrow(expect.objectContaining({ code: 'port.packet_cut' }))
  })

  test('a payload that its header cannot count is refused', () => {
    expect(withHeader(1, new Uint8Array(255))).toHaveLength(256)
    for (const [size, length] of [
      [1, 256],
      [2, 65_536],
    ] as const)
      expect(() => withHeader(size, new Uint8Array(length))).toThrow(/limit is/)
  })
})

describe('lines', () => {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
  const lines = (...chunks: readonly string[]): string[] =>
    packetsOf(
      'line',
      chunks.map((chunk) => Buffer.from(chunk)),
    ).map(text)

  test('come without their ends, which are \\n or \\r\\n; what is left at the end is one', () => {
    expect(lines('one\ntwo\r\nthr', 'ee\r', '\nfour')).toEqual(['one', 'two', 'three', 'four'])
    expect(lines('\n\r\n\n')).toEqual(['', '', ''])
    expect(lines('a\rb\n', '\r\r\n')).toEqual(['a\rb', '\r'])
    expect(lines('')).toEqual([])
    expect(lines('end\r')).toEqual(['end'])
  })

  test('are the same however they are cut', () => {
    const line = fc.string({ maxLength: 40 }).map((value) => value.replaceAll(/[\r\n]/g, '_'))
    const end = fc.constantFrom('\n', '\r\n')
    fc.assert(
      fc.property(fc.array(fc.tuple(line, end), { maxLength: 20 }), cuts, (written, places) => {
        const stream = new Uint8Array(Buffer.from(written.map((each) => each.join('')).join('')))
        expect(packetsOf('line', chunksOf(stream, places)).map(text)).toEqual(written.map(([value]) => value))
      }),
    )
  })

  test('longer than the limit are refused as soon as that is known; the end of a line does not count', () => {
    const limited = (...chunks: readonly string[]) =>
      packetsOf(
        'line',
        chunks.map((chunk) => Buffer.from(chunk)),
        4,
      ).map(text)
    expect(limited('1234\r\n', '1234\n', '12', '34')).toEqual(['1234', '1234', '1234'])
    for (const bad of ['12345\n', '12345', '123456', '12345\r\n'])
      expect(() => limited(bad)).toThrow(expect.objectContaining({ code: 'port.packet_too_large' }))
    const cutter = cutPackets('line', 4)
    cutter.push(Buffer.from('123456'), true)
    expect(() => cutter.next()).toThrow(/limit is 4/)
  })

  test('a line that comes in many pieces is searched once', () => {
    const cutter = cutPackets('line', 1e9)
    const piece = new Uint8Array(64).fill(97)
    const startMs = performance.now()
    for (let n = 0; n < 20_000; n++) {
      cutter.push(piece, false)
      expect(cutter.next()).toBeNull()
    }
    cutter.push(Buffer.from('\n'), false)
    expect(cutter.next()).toHaveLength(64 * 20_000)
    // Searched from the start each time it would be 12 GB.
    expect(performance.now() - startMs).toBeLessThan(5000)
  })
})

describe('what comes out', () => {
  const decoder = (options: Partial<DecoderOptions>): Decoder =>
    createDecoder({ packet: 'raw', packetLimitBytes: 1000, asText: false, exclusive: false, ...options })
  const all = (from: Decoder): unknown[] => {
    const items: unknown[] = []
    for (let item = from.next(); item !== noItem; item = from.next()) items.push(item)
    return items
  }

  test('is a plain Uint8Array in memory of its own, whatever went in', () => {
    const pool = new ArrayBuffer(64)
    const inputs = [new Uint8Array(pool, 0, 3), Buffer.from('abc\n'), new DataView(pool, 4, 4), new ArrayBuffer(4)]
    for (const packet of ['raw', 'line', 1] as const) {
      for (const exclusive of [true, false]) {
        for (const input of inputs) {
          const from = decoder({ packet, exclusive })
          if (packet === 1) from.push(new Uint8Array([input.byteLength]))
          from.push(input)
          from.end()
          for (const item of all(from) as Uint8Array[]) {
            expect(item.constructor).toBe(Uint8Array)
            expect(item.buffer.byteLength).toBe(item.byteLength)
            expect(item.buffer).not.toBe(pool)
          }
        }
      }
    }
  })

  test('is not copied if nobody else can see it', () => {
    const chunk = Buffer.from(new ArrayBuffer(8))
    const from = decoder({ exclusive: true })
    from.push(chunk)
    const item = from.next() as Uint8Array
    expect([item.buffer === chunk.buffer, item.constructor]).toEqual([true, Uint8Array])
    const careful = decoder({ exclusive: false })
    careful.push(chunk)
    expect((careful.next() as Uint8Array).buffer).not.toBe(chunk.buffer)
  })

  test('does not change when the source uses its memory again', () => {
    for (const packet of ['raw', 'line', 1] as const) {
      const from = decoder({ packet })
      const chunk = new Uint8Array([2, 98, 99])
      from.push(chunk)
      chunk.fill(0)
      from.push(new Uint8Array([10]))
      expect(Buffer.concat(all(from) as Uint8Array[]).includes(Buffer.from([98, 99]))).toBe(true)
    }
  })

  test('as text is decoded across chunks, and half a character is no item', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), cuts, (written, places) => {
        const from = decoder({ asText: true })
        const items: unknown[] = []
        for (const chunk of chunksOf(new Uint8Array(Buffer.from(written)), places)) {
          from.push(chunk)
          items.push(...all(from))
        }
        from.end()
        items.push(...all(from))
        expect(items.join('')).toBe(written)
        expect(items).not.toContain('')
      }),
    )
  })

  test('as text of what is no UTF-8 has replacement characters; a byte order mark is kept', () => {
    const from = decoder({ asText: true, packet: 'line' })
    from.push(new Uint8Array([0xff, 10, 0xef, 0xbb, 0xbf, 97, 10]))
    expect(all(from)).toEqual(['\ufffd', '\ufeffa'])
    const half = decoder({ asText: true })
    half.push(new Uint8Array([0xe2, 0x82]))
    expect(all(half)).toEqual([])
    half.end()
    expect(all(half)).toEqual(['\ufffd'])
  })

  test('of strings, which a stream may give: strings, or packets of them', () => {
    const raw = decoder({})
    raw.push('é')
    const text = decoder({ asText: true })
    text.push('é')
    const line = decoder({ packet: 'line' })
    line.push('é\n')
    expect([all(raw), all(text), all(line)]).toEqual([['é'], ['é'], [new Uint8Array([0xc3, 0xa9])]])
  })

  test('of other values: copies; as packets or text they are refused', () => {
    const raw = decoder({})
    const given = { list: [1] }
    raw.push(given)
    given.list.push(2)
    expect(all(raw)).toEqual([{ list: [1] }])
    expect(() => raw.push(() => 1)).toThrow(expect.objectContaining({ code: 'copy.unsendable' }))
    for (const options of [{ asText: true }, { packet: 'line' } as const])
      expect(() => decoder(options).push({})).toThrow(expect.objectContaining({ code: 'port.not_bytes' }))
  })
})
