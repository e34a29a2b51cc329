/**
 * The reader of payloads, alone.
 *
 * Judge: only WireError is thrown; no prototype is another than that of its kind; what was understood can be written, is the same when it
 * is read again, and is written in the same bytes then; and the time for it is bounded by the number of bytes.
 */
import { FrameWriter } from '../../../packages/distribution/src/wire/frame-writer.ts'
import { PayloadCodec } from '../../../packages/distribution/src/wire/payload.ts'
import { WireError } from '../../../packages/distribution/src/wire/wire-error.ts'
import type { Input } from '../input.ts'
import { value } from '../grammar/values.ts'
import { kindOf, pollution, same } from '../judge/values.ts'
import { Finding, placeOf, type Target } from '../target.ts'
import { timed } from '../judge/work.ts'

export function valueTarget(): Target {
  const parties = { self: { name: 'a@h', incarnation: 11 }, peer: { name: 'stranger@far', incarnation: 99 } }
  const swapped = { self: parties.peer, peer: parties.self }
  const reader = new PayloadCodec(parties)
  const frames = new FrameWriter()
  const writer = new PayloadCodec(swapped).writerTo(frames)
  const write = (value: unknown): Uint8Array => {
    frames.begin(0, 0)
    writer.write(value)
    frames.end()
    return new Uint8Array(Buffer.concat(frames.take())).subarray(6)
  }
  const read = (bytes: Uint8Array): unknown => {
    try {
      return reader.decode(bytes)
    } catch (error) {
      if (error instanceof WireError) return error
      throw new Finding(`the reader threw ${String(error)}`, { cause: error })
    }
  }
  return {
    name: 'value',
    share: 45,
    make: (dice) => [value(dice)],
    play([bytes = new Uint8Array(0)]: Input) {
      const made = timed(bytes.length, () => read(bytes))
      if (made instanceof WireError) return placeOf(made.message)
      const wrong = pollution(made)
      if (wrong !== null) throw new Finding(wrong)
      const again = write(made)
      const second = read(again)
      if (second instanceof WireError) throw new Finding(`what was written is refused: ${second.message}`)
      if (!same(made, second))
        throw new Finding('what was understood is another value when it is written and read again')
      if (Buffer.compare(write(second), again) !== 0) throw new Finding('the same value has two forms')
      return kindOf(made)
    },
  }
}
