/**
 * Reads the small binary parts of frames. Every read is checked against the end: a frame that says more than it holds
 * is refused, never read past.
 */
import { badFrame } from './wire-error.ts'

// A name that begins with U+FEFF is another name than the one without.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class ByteReader {
  #bytes: Uint8Array
  position: number
  #end: number

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = bytes
    this.position = start
    this.#end = end
  }

  /** Goes on with other bytes: one reader serves a connection for life. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes
    this.position = start
    this.#end = end
  }

  get remaining(): number {
    return this.#end - this.position
  }

  /** The position before `length` bytes, which are then behind. */
  #advance(length: number): number {
    const start = this.position
    if (length > this.#end - start) throw badFrame(`the frame ends ${length - (this.#end - start)} bytes early`)
    this.position = start + length
    return start
  }

  u8(): number {
    return this.#bytes[this.#advance(1)] as number
  }

  u16(): number {
    const at = this.#advance(2)
    return ((this.#bytes[at] as number) << 8) | (this.#bytes[at + 1] as number)
  }

  u32(): number {
    const at = this.#advance(4)
    const bytes = this.#bytes
    return (
      (bytes[at] as number) * 0x1000000 +
      (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
    )
  }

  /** A whole number up to 2^53 - 1: seven bits a byte, the lowest first, the top bit says that more follow. */
  varint(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 8; i++) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
      scale *= 128
    }
    throw badFrame('a number is over 2^53 - 1')
  }

  /** A varint length, then UTF-8; refused when it is longer than `limit` bytes or no UTF-8. */
  text(limit: number): string {
    const length = this.varint()
    if (length > limit) throw badFrame(`a text of ${length} bytes is over its limit of ${limit}`)
    const start = this.#advance(length)
    const bytes = this.#bytes
    let made = ''
    for (let i = start; i < start + length; i++) {
      const byte = bytes[i] as number
      if (byte > 0x7f || length > 64) return this.#decode(start, length)
      made += String.fromCharCode(byte)
    }
    return made
  }

  #decode(start: number, length: number): string {
    try {
      return decoder.decode(this.#bytes.subarray(start, start + length))
    } catch {
      throw badFrame('a text is no UTF-8')
    }
  }

  /** A view: valid as long as the bytes are. */
  view(length: number): Uint8Array {
    const start = this.#advance(length)
    return this.#bytes.subarray(start, start + length)
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    return this.view(this.remaining)
  }
}
