/**
 * The test vectors of PROTOCOL.md: computed here, compared with the page. `AGNER_UPDATE_VECTORS=1` writes them anew.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import type { RemoteSignal } from '@agner/core/kernel'
import { describe, expect, it } from 'vitest'
import { ownFields } from '../src/connection/output/bounds.ts'
import { defaultLimits } from '../src/limits.ts'
import { Handshake, type HandshakeAction } from '../src/handshake/handshake.ts'
import { encodeRefusal, nonceBytes } from '../src/handshake/messages.ts'
import { derive } from '../src/handshake/proof.ts'
import { encodeLaneHello, laneId, LaneProofs } from '../src/liveness/lane-messages.ts'
import { FrameWriter } from '../src/wire/frame-writer.ts'
import { opcode } from '../src/wire/opcodes.ts'
import { PayloadCodec } from '../src/wire/payload.ts'
import { SignalDecoder } from '../src/wire/signal-decoder.ts'
import { SignalEncoder } from '../src/wire/signal-encoder.ts'
import { a, b, fromA, fromB, joined, pidOfA, pidOfB, pidOfC, pidOfOldB, refOfA, refOfB } from './wire.ts'

const page = new URL('../PROTOCOL.md', import.meta.url)
const cookie = 'correct horse battery staple'
const base = { cookie, tickMs: 15_000, frameBytes: 16 * 1024 * 1024, fields: ownFields(defaultLimits) }

function handshake(): [string, Uint8Array][] {
  const one = new Handshake({
    ...base,
    role: 'initiator',
    self: a,
    wanted: b.name,
    nonce: new Uint8Array(nonceBytes).fill(1),
  })
  const two = new Handshake({ ...base, role: 'acceptor', self: b, nonce: new Uint8Array(nonceBytes).fill(2) })
  const only = (actions: readonly HandshakeAction[]) =>
    actions.flatMap((action) => (action.type === 'send' ? [action.bytes] : []))[0] as Uint8Array
  const hello = only(one.start())
  const answer = only(two.receive(hello))
  const proof = only(one.receive(answer))
  two.receive(proof)
  return [
    ["initiator's hello", hello],
    ["acceptor's hello", answer],
    ["initiator's proof", proof],
    ["acceptor's proof", only(two.admit())],
    ['refusal: wrong_cookie', encodeRefusal('wrong_cookie', 1, 1)],
  ]
}

/** What two posts say. */
function lane(): [string, Uint8Array][] {
  const key = new Uint8Array(32).fill(3)
  const [dialer, acceptor] = [4, 5].map((byte) => new Uint8Array(16).fill(byte)) as [Uint8Array, Uint8Array]
  const proofs = new LaneProofs(key, dialer, acceptor)
  const ticks = proofs.ticks('dialer')
  const [first, second] = handshake().map(([, bytes]) => bytes) as [Uint8Array, Uint8Array]
  return [
    ['the key that comes of the handshake above', derive(cookie, 'liveness 1 key', first, second)],
    ['hello', encodeLaneHello(laneId(key), dialer)],
    ['challenge', joined([acceptor, proofs.of('acceptor')])],
    ['proof', proofs.of('dialer')],
    ["dialer's first tick, lag 7", ticks.next(7)],
    ["dialer's second tick, lag 60,000", ticks.next(60_000)],
    ["acceptor's first tick, lag 7", proofs.ticks('acceptor').next(7)],
  ]
}

const named = { name: 'counter', node: b.name }

const signals: readonly RemoteSignal[] = [
  { op: 'send', from: pidOfA, to: pidOfB, message: { type: 'add', by: 1 } },
  { op: 'send', from: null, to: named, message: null },
  { op: 'send', from: pidOfA, to: refOfB, message: [pidOfA, pidOfB, pidOfC] },
  { op: 'link', from: pidOfA, to: pidOfB },
  { op: 'unlink', from: pidOfA, to: pidOfB, id: 1 },
  { op: 'unlinkAck', from: pidOfA, to: pidOfB, id: 1 },
  { op: 'linkExit', from: pidOfA, to: pidOfB, reason: { shutdown: 'bye' } },
  { op: 'exit', from: pidOfA, to: pidOfB, reason: 'kill' },
  { op: 'monitor', from: pidOfA, to: named, ref: refOfA },
  { op: 'demonitor', from: pidOfA, to: named, ref: refOfA },
  { op: 'down', from: { name: 'counter', node: a.name }, to: pidOfB, ref: refOfB, reason: 'normal' },
  { op: 'request', from: pidOfA, to: pidOfB, id: 300, payload: 'ping' },
  { op: 'abandon', from: pidOfA, to: pidOfB, id: 300 },
  { op: 'reply', to: pidOfB, id: 2 ** 53 - 1, payload: new Uint8Array([1, 2, 3]) },
  { op: 'requestFailed', to: pidOfB, id: 1, reason: 'noproc' },
  {
    op: 'spawn',
    from: pidOfA,
    node: b.name,
    id: 1,
    module: '@acme/counter',
    version: '2',
    name: 'start',
    argument: 41,
    link: true,
    monitor: refOfA,
  },
  { op: 'spawned', to: pidOfB, id: 1, pid: pidOfA },
  { op: 'spawnFailed', to: pidOfB, id: 1, code: 'module.unknown', message: 'what?' },
]

const values: readonly [string, unknown][] = [
  ['2^32 - 1', 2 ** 32 - 1],
  ['2^32', 2 ** 32],
  ['-1', -1],
  ['0.5', 0.5],
  ['1n', 1n],
  ['2n ** 64n', 2n ** 64n],
  ['undefined', undefined],
  ['"ü"', 'ü'],
  ['new Date(1500)', new Date(1500)],
  ['new Date(8.64e15)', new Date(8.64e15)],
  ['new Map([[1, { a: [] }]])', new Map([[1, { a: [] }]])],
  ['new Set(["x"])', new Set(['x'])],
  ['a process of b in incarnation 21, id 3', pidOfOldB],
  ['a ref of a, id 1', refOfA],
  [
    'an error',
    Object.assign(new RangeError('too far', { cause: 'x' }), { stack: 'RangeError: too far', code: 'E_FAR' }),
  ],
]

function encoded(signal: RemoteSignal): Uint8Array {
  const writer = new FrameWriter()
  expect(new SignalEncoder(writer, fromA, new PayloadCodec(fromA), 1 << 24).write(signal)).toBeNull()
  return joined(writer.take()).slice(4)
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function section(): string {
  const lines = (rows: readonly (readonly [string, Uint8Array])[]) =>
    ['```', ...rows.flatMap(([name, bytes]) => [`# ${name}`, hex(bytes)]), '```', ''].join('\n')
  const codec = new PayloadCodec(fromA)
  return [
    'Handshake:\n\n' + lines(handshake()),
    `Signals (a's process 7, b's process 2^40, a's ref 1, b's ref 300, and process 2^53 − 1 of \`c@[::1]\` in incarnation 4,000,000,000):\n\n` +
      lines(
        signals.map((signal) => [
          `${signal.op} ${'to' in signal && 'name' in signal.to ? 'by name' : ''}`.trim(),
          encoded(signal),
        ]),
      ),
    'Values:\n\n' + lines(values.map(([name, value]) => [name, codec.encode(value)])),
    'A lane, with a key of 32 × `0x03`, and nonces of 16 × `0x04` (dialer) and 16 × `0x05` (acceptor):\n\n' +
      lines(lane()),
  ].join('\n')
}

describe('PROTOCOL.md', () => {
  it('has the test vectors that this code makes', () => {
    const text = readFileSync(page, 'utf8')
    const wanted = text.replace(
      /<!-- vectors -->[^]*<!-- \/vectors -->/,
      () => `<!-- vectors -->\n\n${section()}\n<!-- /vectors -->`,
    )
    if (process.env['AGNER_UPDATE_VECTORS'] === '1') writeFileSync(page, wanted)
    else expect(text).toBe(wanted)
  })

  it('tells where a post listens', () => {
    const writer = new FrameWriter()
    writer.begin(opcode.liveness, 0)
    writer.varint(4401)
    writer.text('10.0.0.2')
    writer.end()
    const bytes = joined(writer.take()).slice(4)
    const decoder = new SignalDecoder(fromB, new PayloadCodec(fromB))
    expect(decoder.read(bytes, 0, bytes.length)).toEqual({ op: 'liveness', port: 4401, host: '10.0.0.2' })
    expect(() => decoder.read(Uint8Array.of(7, 0, 0x80, 0x80, 0x04, 0), 0, 6)).toThrow('65536 is no port')
  })

  it('has vectors that decode to what they say', () => {
    const decoder = new SignalDecoder(fromB, new PayloadCodec(fromB))
    for (const signal of signals) {
      const bytes = encoded(signal)
      expect(decoder.read(bytes, 0, bytes.length)).toEqual(signal)
    }
  })
})
