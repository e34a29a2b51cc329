/**
 * `@agner/distribution/values`: values of the domain that can be sent, as bytes that stand alone, and back. For what is kept: logs, snapshots, tables.
 *
 * The bytes are those of a payload on the wire (PROTOCOL.md, section 6), but for pids and refs, which are always said in full, with their node and its
 * incarnation: there is no connection whose two ends could be left out. Read again they are the same pids and refs, in whatever process.
 */
import { FrameWriter } from './wire/frame-writer.ts'
import { PayloadCodec } from './wire/payload.ts'
import type { ValueWriter } from './wire/value-writer.ts'

/** No node has an empty name, so nothing is ever said in the short form. */
const nobody = { name: '', incarnation: 0 }
/** Before the payload of a frame: its length, opcode and flags. */
const headBytes = 6

/** Not for two threads; as many as one likes may be made. */
export class ValueCodec {
  readonly #payloads = new PayloadCodec({ self: nobody, peer: nobody })
  readonly #writer = new FrameWriter()
  readonly #values: ValueWriter = this.#payloads.writerTo(this.#writer)

  /**
   * The bytes of `value`. Nobody else will write to them; large byte strings in the value may be among them as they are, so they must not be changed before the bytes
   * are used.
   *
   * @throws TypeError or RangeError for what is not in the domain.
   */
  encode(value: unknown): Uint8Array {
    this.#writer.begin(0, 0)
    try {
      this.#values.write(value)
    } catch (error) {
      this.#writer.cancel()
      throw error
    }
    const parts = this.#writer.detach()
    const [first] = parts
    if (parts.length === 1 && first !== undefined) return first.subarray(headBytes)
    return joined(parts).subarray(headBytes)
  }

  /**
   * The value that the bytes say; it shares nothing with them.
   *
   * @throws for whatever is not well-formed.
   */
  decode(bytes: Uint8Array): unknown {
    return this.#payloads.decode(bytes)
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
