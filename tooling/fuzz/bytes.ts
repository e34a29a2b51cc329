/** Bytes that are put together by a grammar, one after the other. */

const utf8 = new TextEncoder()

export class Bytes {
  readonly #bytes: number[] = []

  get length(): number {
    return this.#bytes.length
  }

  u8(...values: readonly number[]): this {
    for (const value of values) this.#bytes.push(value & 0xff)
    return this
  }

  u16(value: number): this {
    return this.u8(value >>> 8, value)
  }

  u32(value: number): this {
    return this.u8(value >>> 24, value >>> 16, value >>> 8, value)
  }

  all(bytes: Iterable<number>): this {
    for (const byte of bytes) this.#bytes.push(byte)
    return this
  }

  varint(value: number): this {
    let left = value
    while (left >= 128) {
      this.u8((left % 128) | 0x80)
      left = Math.floor(left / 128)
    }
    return this.u8(left)
  }

  /** Its length as a varint, then the text. */
  text(text: string): this {
    const bytes = utf8.encode(text)
    return this.varint(bytes.length).all(bytes)
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }
}

/** A frame around `content`. */
export function framed(content: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + content.length)
  new DataView(frame.buffer).setUint32(0, content.length)
  frame.set(content, 4)
  return frame
}

/** What is in a chunk that is one whole frame; null when it is none. */
export function contentOf(chunk: Uint8Array): Uint8Array | null {
  if (chunk.length < 4) return null
  const length = new DataView(chunk.buffer, chunk.byteOffset, 4).getUint32(0)
  return length === chunk.length - 4 ? chunk.subarray(4) : null
}
