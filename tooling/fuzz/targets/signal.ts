/**
 * The reader of frames, alone.
 *
 * Judge: only WireError is thrown, no prototype is polluted, the work is bounded; and what was understood is written, and is the same when
 * it is read again.
 */
import type { RemoteSignal } from '../../../packages/core/src/kernel.ts'
import { FrameWriter } from '../../../packages/distribution/src/wire/frame-writer.ts'
import { opcode } from '../../../packages/distribution/src/wire/opcodes.ts'
import { PayloadCodec } from '../../../packages/distribution/src/wire/payload.ts'
import { SignalDecoder } from '../../../packages/distribution/src/wire/signal-decoder.ts'
import { SignalEncoder } from '../../../packages/distribution/src/wire/signal-encoder.ts'
import { WireError } from '../../../packages/distribution/src/wire/wire-error.ts'
import { SignalGrammar } from '../grammar/signals.ts'
import { kindOf, pollution, same } from '../judge/values.ts'
import { timed } from '../judge/work.ts'
import { Finding, placeOf, type Target } from '../target.ts'

/** Longer names are refused by the writer, and taken by the reader. */
const longNames = /characters, of which/

type Decoded = ReturnType<SignalDecoder['read']>

/** What is said to the kernel. */
function isSignal(decoded: Decoded): decoded is RemoteSignal {
  return opcode[decoded.op] >= opcode.send
}

export function signalTarget(): Target {
  const parties = { self: { name: 'a@h', incarnation: 11 }, peer: { name: 'stranger@far', incarnation: 99 } }
  const swapped = { self: parties.peer, peer: parties.self }
  const decoder = new SignalDecoder(parties, new PayloadCodec(parties))
  const writer = new FrameWriter()
  const encoder = new SignalEncoder(writer, swapped, new PayloadCodec(swapped), 1 << 24, true)
  const grammar = new SignalGrammar({
    ids: [0, 1, 2, 3, 7, 2 ** 40, Number.MAX_SAFE_INTEGER],
    names: ['x', '__proto__', '', 'n'.repeat(2000)],
    modules: [['m', 'f']],
    nodes: [...[parties.self, parties.peer].map(({ name, incarnation }) => [name, incarnation] as const), ['b@h', 0]],
  })
  const read = (bytes: Uint8Array, end = bytes.length): ReturnType<SignalDecoder['read']> | WireError => {
    try {
      return decoder.read(bytes, 0, end)
    } catch (error) {
      if (error instanceof WireError) return error
      throw new Finding(`the reader threw ${String(error)}`, { cause: error })
    }
  }
  /** The frame, with other bytes behind it, as they come of a network. */
  const readBefore = (bytes: Uint8Array, what: number): ReturnType<typeof read> => {
    const chunk = new Uint8Array(bytes.length + 64).fill(what, bytes.length)
    chunk.set(bytes)
    return read(chunk, bytes.length)
  }
  const written = (signal: RemoteSignal): Uint8Array | null => {
    const refusal = encoder.write(signal)
    if (refusal === null) return new Uint8Array(Buffer.concat(writer.take())).subarray(4)
    if (refusal.kind === 'unencodable' && longNames.test(refusal.reason)) return null
    throw new Finding(`what was understood cannot be written: ${JSON.stringify(refusal)}`)
  }
  return {
    name: 'signal',
    share: 25,
    make: (dice) => [grammar.content(dice)],
    play([bytes = new Uint8Array(0)]) {
      const signal = timed(bytes.length, () => readBefore(bytes, 0))
      const elsewhere = readBefore(bytes, 0xff)
      if (signal instanceof WireError) {
        if (!(elsewhere instanceof WireError)) throw new Finding(`what follows a frame decides: ${signal.message}`)
        return placeOf(signal.message)
      }
      if (elsewhere instanceof WireError) throw new Finding(`what follows a frame decides: ${elsewhere.message}`)
      if (Object.values(signal).some((part, at) => !same(part, Object.values(elsewhere)[at])))
        throw new Finding('a frame says another thing where others follow')
      // What comes in header fields goes its own way.
      const parts = Object.entries(signal).filter(([key]) => key !== 'context')
      for (const [, part] of parts) {
        const wrong = pollution(part)
        if (wrong !== null) throw new Finding(wrong)
      }
      const place = parts.map(([key, part]) => (key === 'op' ? String(part) : kindOf(part, 1))).join()
      if (!isSignal(signal)) return place
      const again = written(signal)
      if (again === null) return place
      const second = read(again)
      if (second instanceof WireError) throw new Finding(`what was written is refused: ${second.message}`)
      const theirs = Object.entries(second)
      if (!parts.every(([key, part], at) => key === theirs[at]?.[0] && same(part, theirs[at]?.[1])))
        throw new Finding(`a ${signal.op} is another when it is written and read again`)
      return place
    },
  }
}
