/**
 * Payloads: one value of the domain that can be sent, as one CBOR item, and back.
 *
 * One codec per connection. No shared structures: each payload stands alone, so none can be broken by one that came before it, was
 * refused, or overtook it.
 */
import { FrameWriter } from './frame-writer.ts'
import type { Parties } from './parties.ts'
import { ValueReader } from './value-reader.ts'
import { ValueWriter } from './value-writer.ts'

export class PayloadCodec {
  readonly #parties: Parties
  readonly #reader: ValueReader

  constructor(parties: Parties) {
    this.#parties = parties
    this.#reader = new ValueReader(parties)
  }

  /** What a value may hold besides byte strings, in bytes; more is refused. Default: no limit but that of its frame. */
  set objectLimitBytes(limit: number) {
    this.#reader.objectLimitBytes = limit
  }

  /** What writes values into the frames of `writer`. */
  writerTo(writer: FrameWriter): ValueWriter {
    return new ValueWriter(writer, this.#parties)
  }

  /** The bytes of `value`, which nobody writes to any more. @throws for what is not in the domain. */
  encode(value: unknown): Uint8Array {
    const writer = new FrameWriter()
    writer.begin(0, 0)
    this.writerTo(writer).write(value)
    const parts = writer.detach()
    const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const part of parts) {
      all.set(part, at)
      at += part.length
    }
    return all.slice(6)
  }

  /** The value that the bytes say. @see ValueReader.read @throws WireError for whatever is not well-formed. */
  decode(bytes: Uint8Array, start = 0, end: number = bytes.length, isOurs = false): unknown {
    return this.#reader.read(bytes, start, end, isOurs)
  }
}
