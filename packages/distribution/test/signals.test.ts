import { Ref, type ExitReason } from '@agner/core'
import type { RemoteSignal } from '@agner/core/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReader } from '../src/wire/frame-reader.ts'
import { FrameWriter } from '../src/wire/frame-writer.ts'
import { flag, opcode } from '../src/wire/opcodes.ts'
import { PayloadCodec } from '../src/wire/payload.ts'
import { SignalDecoder } from '../src/wire/signal-decoder.ts'
import { SignalEncoder } from '../src/wire/signal-encoder.ts'
import { WireError } from '../src/wire/wire-error.ts'
import { a, b, fromA, fromB, inParts, joined, pidOfA, pidOfB, pids, refOfA, refOfB, refs } from './wire.ts'

const limitBytes = 64 * 1024
const id = fc.maxSafeNat()
const payload = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.string({ unit: 'grapheme' }),
  fc.dictionary(
    fc.string({ unit: 'grapheme' }).filter((key) => key !== '__proto__'),
    fc.integer(),
    { noNullPrototype: true },
  ),
  pids,
)
const reason = payload.filter(
  (value) => typeof value === 'string' || typeof value === 'number',
) as fc.Arbitrary<ExitReason>
const name = fc.string({ unit: 'grapheme', maxLength: 100 })
const nameAtB = name.map((text) => ({ name: text, node: b.name }))
const nameAtA = name.map((text) => ({ name: text, node: a.name }))
const process = fc.oneof(pids, nameAtB)
const sender = fc.option(pids)
const op = <const O extends string>(value: O) => fc.constant(value)

const signals: fc.Arbitrary<RemoteSignal> = fc
  .oneof<fc.Arbitrary<object>[]>(
    fc.record({ op: op('send'), from: sender, to: fc.oneof(process, refs), message: payload }),
    fc.record({ op: op('link'), from: pids, to: pids }),
    fc.record({ op: op('unlink'), from: pids, to: pids, id }),
    fc.record({ op: op('unlinkAck'), from: pids, to: pids, id }),
    fc.record({ op: op('linkExit'), from: pids, to: pids, reason }),
    fc.record({ op: op('exit'), from: sender, to: pids, reason }),
    fc.record({ op: op('monitor'), from: pids, to: process, ref: refs }),
    fc.record({ op: op('demonitor'), from: pids, to: process, ref: refs }),
    fc.record({ op: op('down'), from: fc.oneof(pids, nameAtA), to: pids, ref: refs, reason }),
    fc.record({ op: op('request'), from: pids, to: process, id, payload }),
    fc.record({ op: op('abandon'), from: pids, to: process, id }),
    fc.record({ op: op('reply'), to: pids, id, payload }),
    fc.record({ op: op('requestFailed'), to: pids, id, reason }),
    fc.record({
      op: op('spawn'),
      from: pids,
      node: fc.constant(b.name),
      id,
      module: name,
      version: fc.option(name),
      name,
      argument: payload,
      link: fc.boolean(),
      monitor: fc.option(refs),
    }),
    fc.record({ op: op('spawned'), to: pids, id, pid: pids }),
    fc.record({ op: op('spawnFailed'), to: pids, id, code: name, message: name }),
  )
  .map((signal) => ({ ...signal }) as RemoteSignal)

function side() {
  const writer = new FrameWriter()
  const encoder = new SignalEncoder(writer, fromA, new PayloadCodec(fromA), limitBytes)
  const decoder = new SignalDecoder(fromB, new PayloadCodec(fromB))
  return { writer, encoder, decoder }
}

function encoded(signal: RemoteSignal): Uint8Array {
  const { writer, encoder } = side()
  expect(encoder.write(signal)).toBeNull()
  return joined(writer.take()).slice(4)
}

const decode = (bytes: Uint8Array) => new SignalDecoder(fromB, new PayloadCodec(fromB)).read(bytes, 0, bytes.length)

describe('signals', () => {
  it('arrive as they were sent, in order, wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(signals, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 30 }), (list, cuts) => {
        const { writer, encoder, decoder } = side()
        for (const signal of list) expect(encoder.write(signal)).toBeNull()
        const seen: unknown[] = []
        const reader = new FrameReader(limitBytes, (bytes, start, end) => seen.push(decoder.read(bytes, start, end)))
        inParts(joined(writer.take()), cuts, (part) => reader.push(part))
        expect(seen).toStrictEqual(list)
      }),
    )
  })

  it('keep pids and refs identical', () => {
    const signal = decode(
      encoded({ op: 'down', from: pidOfA, to: pidOfB, ref: refOfB, reason: { pid: pidOfA, ref: refOfA } }),
    ) as RemoteSignal & { op: 'down' }
    expect(signal.from).toBe(pidOfA)
    expect(signal.to).toBe(pidOfB)
    expect(signal.ref).toBe(refOfB)
    expect((signal.reason as { pid: unknown }).pid).toBe(pidOfA)
  })

  it('bring exit reasons as frozen data', () => {
    const { reason: arrived } = decode(
      encoded({ op: 'exit', from: null, to: pidOfB, reason: { shutdown: [{ deep: 1 }] } }),
    ) as RemoteSignal & { op: 'exit' }
    expect(Object.isFrozen((arrived as { shutdown: { deep: number }[] }).shutdown[0])).toBe(true)
  })

  it('that are too large, or hold what cannot be said, leave no trace in the stream', () => {
    const { writer, encoder, decoder } = side()
    const good: RemoteSignal = { op: 'send', from: null, to: pidOfB, message: 'good' }
    expect(encoder.write(good)).toBeNull()
    expect(encoder.write({ op: 'send', from: pidOfA, to: pidOfB, message: new Uint8Array(limitBytes) })).toMatchObject({
      kind: 'too_large',
    })
    expect(encoder.write({ op: 'send', from: pidOfA, to: pidOfB, message: () => {} })).toMatchObject({
      kind: 'unencodable',
    })
    expect(
      encoder.write({ op: 'send', from: pidOfA, to: { name: 'x'.repeat(5000), node: b.name }, message: 1 }),
    ).toMatchObject({ kind: 'unencodable' })
    expect(encoder.write(good)).toBeNull()
    const seen: unknown[] = []
    new FrameReader(limitBytes, (bytes, start, end) => seen.push(decoder.read(bytes, start, end))).push(
      joined(writer.take()),
    )
    expect(seen).toEqual([good, good])
  })

  it('may have header fields that this version does not know, which are skipped', () => {
    const plain = encoded({ op: 'link', from: pidOfA, to: pidOfB })
    const fields = [9, 0, 2, 9, 9, 200, 0, 0]
    const frame = Uint8Array.from([plain[0] as number, flag.fields, 0, fields.length, ...fields, ...plain.slice(2)])
    expect(decode(frame)).toEqual({ op: 'link', from: pidOfA, to: pidOfB })
  })

  it.each([
    ['an unknown opcode', [0x7f, 0]],
    ['a reserved opcode', [0x03, 0]],
    ['an unknown flag', [opcode.link, 2]],
    ['header fields longer than their block', [opcode.link, 1, 0, 3, 1, 0, 9, 9]],
    ['header fields that end early', [opcode.link, 1, 0, 200]],
    ['no flags', [opcode.link]],
    ['a link to a ref', [opcode.link, 0, 1, 1, 5, 1]],
    ['a link from nobody', [opcode.link, 0, 0, 2, 1]],
    ['a monitor with a pid for its ref', [opcode.monitor, 0, 1, 1, 2, 1, 1, 1]],
    ['a request to an alias', [opcode.request, 0, 1, 1, 5, 1, 1, 0xf6]],
    ['an address of an unknown form', [opcode.link, 0, 9, 1]],
    ['a send without a payload', [opcode.send, 0, 0, 2, 1]],
    ['bytes after the end', [opcode.link, 0, 1, 1, 2, 1, 0]],
    ['an id over 2^53', [opcode.link, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 2, 1]],
    ['a name that is no UTF-8', [opcode.send, 0, 0, 7, 2, 0xc3, 0x28, 0xf6]],
    ['a name that is too long', [opcode.send, 0, 0, 7, 0xff, 0x7f]],
    ['unknown spawn bits', [opcode.spawn, 0, 1, 1, 1, 8, 0, 0, 0xf6]],
  ])('%s is refused', (_, bytes) => expect(() => decode(Uint8Array.from(bytes))).toThrow(WireError))

  it('mutated frames throw WireErrors and nothing else', () => {
    fc.assert(
      fc.property(
        signals,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }),
        fc.nat(),
        (signal, changes, cut) => {
          const bytes = encoded(signal)
          for (const [place, byte] of changes) bytes[place % bytes.length] = byte
          try {
            decode(cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes)
          } catch (error) {
            expect(error).toBeInstanceOf(WireError)
          }
        },
      ),
      { numRuns: 5000 },
    )
    expect(refOfA).toBeInstanceOf(Ref)
  })
})
