/**
 * Collects frames until the turn is over.
 *
 *     begin(opcode) · u8 varint text bytes … · end()      any number of times
 *     begin(opcode) · …                      · detach()   a frame that goes another way: its bytes, and nothing stays behind
 *     take()                                              the parts to write, in order; the writer is empty then
 *
 * What was taken is never written to again. Large bytes are passed on as parts of their own, not copied, so nobody may change
 * them any more. A frame that turns out to be impossible is taken back whole with `cancel()`: the stream never sees half of one.
 */

const slabBytes = 64 * 1024
/** Bytes from this size on are not copied into the slab. */
const ownPartBytes = 16 * 1024
/** Texts from this size on are encoded by themselves. */
const longText = 16 * 1024
/** A new slab is begun when less than this is left for the next frame's header. */
const leastRoomBytes = 2 * 1024

/** Texts up to this length are written unit by unit: a call into the engine costs more. */
const shortText = 14

const encoder = new TextEncoder()

type WriteText = (this: Uint8Array, text: string, at: number, most: number) => number

/** Node's way to write UTF-8 without a view; elsewhere the encoder's. */
const writeText: WriteText =
  typeof Buffer === 'function' && 'utf8Write' in Buffer.prototype
    ? (Buffer.prototype as unknown as { utf8Write: WriteText }).utf8Write
    : function (text, at, most) {
        return encoder.encodeInto(text, this.subarray(at, at + most)).written
      }
const doubleOf = new Float64Array(1)
const bytesOfDouble = new Uint8Array(doubleOf.buffer)
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** The frame's content that is no byte string is over its limit. */
export class ObjectTooLarge extends Error {
  readonly bytes: number

  constructor(bytes: number) {
    super('too large to be encoded in one go')
    this.bytes = bytes
  }
}

export class FrameWriter {
  /** What a frame may hold besides byte strings; a frame with more throws {@link ObjectTooLarge} while it is written. */
  objectLimitBytes: number = Infinity
  #slab: Uint8Array = new Uint8Array(0)
  #position = 0
  /** Where what was not taken yet begins, in the slab. */
  #start = 0
  /** Whole frames before that. */
  #parts: Uint8Array[] = []
  /** Bytes of whole frames that wait to be taken. */
  pendingBytes = 0

  // The frame that is being written: where its length stands, its parts so far, and where the part that is in the slab begins.
  #headSlab: Uint8Array = new Uint8Array(0)
  #head = 0
  #own: Uint8Array[] = []
  #ownBytes = 0
  #segment = 0
  #byteStrings = 0

  begin(opcode: number, flags: number): void {
    this.#open()
    const slab = this.#slab
    slab[this.#position++] = opcode
    slab[this.#position++] = flags
  }

  u8(value: number): void {
    if (this.#position >= this.#slab.length) this.#room(1)
    this.#slab[this.#position++] = value
  }

  u16(value: number): void {
    this.u8(value >>> 8)
    this.u8(value)
  }

  u32(value: number): void {
    if (this.#slab.length - this.#position < 4) this.#room(4)
    const slab = this.#slab
    const at = this.#position
    slab[at] = value >>> 24
    slab[at + 1] = value >>> 16
    slab[at + 2] = value >>> 8
    slab[at + 3] = value
    this.#position = at + 4
  }

  f64(value: number): void {
    if (this.#slab.length - this.#position < 8) this.#room(8)
    doubleOf[0] = value
    const slab = this.#slab
    let at = this.#position
    if (isLittleEndian) for (let i = 7; i >= 0; i--) slab[at++] = bytesOfDouble[i] as number
    else for (let i = 0; i < 8; i++) slab[at++] = bytesOfDouble[i] as number
    this.#position = at
  }

  varint(value: number): void {
    if (this.#slab.length - this.#position < 8) this.#room(8)
    let rest = value
    while (rest >= 0x80) {
      this.#slab[this.#position++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.#slab[this.#position++] = rest
  }

  /** A varint length, then UTF-8. */
  text(value: string): void {
    const { length } = value
    if (length < 64) {
      if (this.#slab.length - this.#position < length + 1) this.#room(length + 1)
      const slab = this.#slab
      let at = this.#position
      slab[at++] = length
      let i = 0
      for (; i < length; i++) {
        const unit = value.charCodeAt(i)
        if (unit > 0x7f) break
        slab[at++] = unit
      }
      if (i === length) {
        this.#position = at
        return
      }
    }
    const bytes = encoder.encode(value)
    this.varint(bytes.length)
    this.bytes(bytes)
  }

  /** The first byte of a CBOR item of `major` type (already shifted), with its argument in the shortest form up to 32 bits. */
  head(major: number, argument: number): void {
    if (this.#slab.length - this.#position < 5) this.#room(5)
    const slab = this.#slab
    let at = this.#position
    if (argument < 24) slab[at++] = major | argument
    else if (argument < 0x100) {
      slab[at++] = major | 24
      slab[at++] = argument
    } else if (argument < 0x10000) {
      slab[at++] = major | 25
      slab[at++] = argument >>> 8
      slab[at++] = argument
    } else {
      slab[at++] = major | 26
      slab[at++] = argument >>> 24
      slab[at++] = argument >>> 16
      slab[at++] = argument >>> 8
      slab[at++] = argument
    }
    this.#position = at
  }

  /** A CBOR text. */
  cborText(value: string): void {
    const { length } = value
    if (length <= shortText) {
      if (this.#slab.length - this.#position < length + 1) this.#room(shortText + 1)
      const slab = this.#slab
      let at = this.#position
      slab[at++] = 0x60 | length
      let i = 0
      for (; i < length; i++) {
        const unit = value.charCodeAt(i)
        if (unit > 0x7f) break
        slab[at++] = unit
      }
      if (i === length) {
        this.#position = at
        return
      }
    }
    if (length > longText) return this.#longText(value)
    // In place, behind the head that it mostly needs; moved if it needs another.
    const most = length * 3
    if (this.#slab.length - this.#position < most + 5) this.#room(most + 5)
    const from = this.#position
    const headBytes = length < 24 ? 1 : length < 0x100 ? 2 : 3
    const written = writeText.call(this.#slab, value, from + headBytes, most)
    const needed = written < 24 ? 1 : written < 0x100 ? 2 : written < 0x10000 ? 3 : 5
    if (needed !== headBytes) this.#slab.copyWithin(from + needed, from + headBytes, from + headBytes + written)
    this.head(0x60, written)
    this.#position += written
  }

  #longText(value: string): void {
    // Before the encoding, which takes its time: each unit makes a byte at least.
    this.#bound(value.length)
    const bytes = encoder.encode(value)
    this.head(0x60, bytes.length)
    this.#bound(bytes.length)
    this.#append(bytes)
  }

  /** Bytes that count as a byte string, whatever their length: they must not be changed by anyone any more. */
  bytes(bytes: Uint8Array): void {
    this.#byteStrings += bytes.length
    this.#append(bytes)
  }

  /** An item that is made already; it is copied. */
  raw(bytes: Uint8Array): void {
    const { length } = bytes
    if (this.#slab.length - this.#position < length) this.#room(length)
    this.#slab.set(bytes, this.#position)
    this.#position += length
  }

  #append(bytes: Uint8Array): void {
    const { length } = bytes
    if (length >= ownPartBytes) {
      this.#leave(this.#position)
      this.#own.push(bytes)
      this.#ownBytes += length
      return
    }
    if (this.#slab.length - this.#position < length) this.#room(length)
    this.#slab.set(bytes, this.#position)
    this.#position += length
  }

  /** What the frame has so far, without its length field. */
  get frameBytes(): number {
    return this.#ownBytes + this.#position - this.#segment - 4
  }

  /** The rest of the frame, then its end. `bytes` must not be changed by anyone any more. */
  endWith(bytes: Uint8Array): void {
    this.bytes(bytes)
    this.end()
  }

  end(): void {
    const length = this.frameBytes
    this.#patch(length)
    this.pendingBytes += length + 4
    if (this.#own.length === 0) return
    for (const part of this.#own) this.#parts.push(part)
    this.#start = this.#segment
    this.#own = []
  }

  /**
   * Takes the frame away from those that wait, as parts: its length field and all. Its bytes are not changed any more.
   */
  detach(): Uint8Array[] {
    this.#patch(this.frameBytes)
    this.#leave(this.#position)
    this.#start = this.#position
    const own = this.#own
    this.#own = []
    return own
  }

  /** Forgets the frame that was begun. */
  cancel(): void {
    if (this.#own.length > 0) this.#start = this.#segment
    this.#position = this.#segment
    this.#own = []
  }

  /** A frame without content: the tick. */
  tick(): void {
    this.#open()
    this.end()
  }

  /** A whole frame that was detached. */
  frame(parts: readonly Uint8Array[], bytes: number): void {
    if (this.#slab.length - this.#position < leastRoomBytes) this.#renew(leastRoomBytes)
    if (this.#position > this.#start) this.#parts.push(this.#slab.subarray(this.#start, this.#position))
    this.#start = this.#position
    for (const part of parts) this.#parts.push(part)
    this.pendingBytes += bytes
  }

  take(): readonly Uint8Array[] {
    const parts = this.#parts
    if (this.#position > this.#start) parts.push(this.#slab.subarray(this.#start, this.#position))
    this.#start = this.#position
    this.#parts = []
    this.pendingBytes = 0
    return parts
  }

  #open(): void {
    if (this.#slab.length - this.#position < leastRoomBytes) this.#renew(leastRoomBytes)
    this.#headSlab = this.#slab
    this.#head = this.#segment = this.#position
    this.#ownBytes = this.#byteStrings = 0
    this.#position += 4
  }

  #patch(length: number): void {
    const slab = this.#headSlab
    const at = this.#head
    slab[at] = length >>> 24
    slab[at + 1] = length >>> 16
    slab[at + 2] = length >>> 8
    slab[at + 3] = length
  }

  /** The frame goes on in a new slab; what it has stays where it is. */
  #room(bytes: number): void {
    this.#bound(bytes)
    this.#leave(this.#position)
    this.#slab = new Uint8Array(Math.max(slabBytes, bytes))
    this.#start = this.#segment = this.#position = 0
  }

  /** Makes a part of what the frame has in the slab up to `end`. Frames before it become one, too: they come first. */
  #leave(end: number): void {
    if (this.#own.length === 0 && this.#headSlab === this.#slab) {
      if (this.#head > this.#start) this.#parts.push(this.#slab.subarray(this.#start, this.#head))
      this.#start = this.#head
    }
    if (end > this.#segment) {
      this.#own.push(this.#slab.subarray(this.#segment, end))
      this.#ownBytes += end - this.#segment
    }
    this.#segment = end
  }

  #bound(more: number): void {
    const bytes = this.frameBytes - this.#byteStrings + more
    if (bytes > this.objectLimitBytes) throw new ObjectTooLarge(bytes)
  }

  #renew(bytes: number): void {
    if (this.#position > this.#start) this.#parts.push(this.#slab.subarray(this.#start, this.#position))
    this.#slab = new Uint8Array(Math.max(slabBytes, bytes))
    this.#start = this.#position = 0
  }
}
