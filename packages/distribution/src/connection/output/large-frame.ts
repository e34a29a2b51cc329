/**
 * A frame that goes out in fragments: which bytes are next.
 *
 *     first fragment   0x03, flags 0, varint stream, varint length of the whole frame, its first bytes
 *     next fragments   0x04, flags 0, varint stream, more of its bytes; the last is the one that completes it
 *
 * The frame's own length field is not among its bytes. Nothing is copied but small rests.
 */
import type { FrameWriter } from '../../wire/frame-writer.ts'
import { opcode } from '../../wire/opcodes.ts'

/** The length field of a frame. */
const lengthBytes = 4

export class LargeFrame {
  readonly #parts: readonly Uint8Array[]
  /** Of the frame, without its length field. */
  readonly #length: number
  #part = 0
  #offset = lengthBytes
  #sent = 0
  /** The number of the stream; -1 until it is begun. */
  stream = -1

  /** @param parts a frame that was detached, `bytes` in all. */
  constructor(parts: readonly Uint8Array[], bytes: number) {
    this.#parts = parts
    this.#length = bytes - lengthBytes
  }

  get isDone(): boolean {
    return this.#sent === this.#length
  }

  /** Writes the next fragment, of `most` bytes of the frame. @returns how many it was. */
  write(writer: FrameWriter, most: number): number {
    const isFirst = this.#sent === 0
    writer.begin(isFirst ? opcode.firstFragment : opcode.nextFragment, 0)
    writer.varint(this.stream)
    if (isFirst) writer.varint(this.#length)
    const size = Math.min(most, this.#length - this.#sent)
    for (let left = size; left > 0;) {
      const part = this.#parts[this.#part] as Uint8Array
      const taken = Math.min(left, part.length - this.#offset)
      writer.bytes(part.subarray(this.#offset, this.#offset + taken))
      left -= taken
      this.#offset += taken
      if (this.#offset < part.length) continue
      this.#part++
      this.#offset = 0
    }
    writer.end()
    this.#sent += size
    return size
  }
}
