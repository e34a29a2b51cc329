/**
 * Collects frames until the turn is over.
 *
 *     begin(opcode) · u8 varint text … · payload(bytes) · end()      any number of times
 *     take()                                                          the parts to write, in order; the writer is empty
 * then
 *
 * What was taken is never written to again. Large payloads are passed on as parts of their own, not copied. A frame
 * that turns out to be impossible is taken back whole with `cancel()`: the stream never sees half of one.
 */

const slabBytes = 64 * 1024
/** Payloads from this size on are not copied into the slab. */
const ownPartBytes = 16 * 1024
/** A new slab is begun when less than this is left for the next frame's header. */
const leastRoomBytes = 2 * 1024

const encoder = new TextEncoder()

export class FrameWriter {
  #slab: Uint8Array = new Uint8Array(0)
  /** Where what was not taken yet begins, in the slab. */
  #start = 0
  #position = 0
  #parts: Uint8Array[] = []
  /** Where the frame that is being written begins, for `end` and `cancel`. */
  #frame = 0
  /** Bytes of whole frames that wait to be taken. */
  pendingBytes = 0

  begin(opcode: number, flags: number): void {
    if (this.#slab.length - this.#position < leastRoomBytes) this.#renew(leastRoomBytes)
    this.#frame = this.#position
    this.#position += 4
    this.u8(opcode)
    this.u8(flags)
  }

  u8(value: number): void {
    this.#room(1)
    this.#slab[this.#position++] = value
  }

  u16(value: number): void {
    this.u8(value >>> 8)
    this.u8(value & 0xff)
  }

  u32(value: number): void {
    this.u16(value >>> 16)
    this.u16(value & 0xffff)
  }

  varint(value: number): void {
    this.#room(8)
    let rest = value
    while (rest >= 0x80) {
      this.#slab[this.#position++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.#slab[this.#position++] = rest
  }

  text(value: string): void {
    const { length } = value
    if (length < 64) {
      this.#room(length + 1)
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
    this.#room(bytes.length)
    this.#slab.set(bytes, this.#position)
    this.#position += bytes.length
  }

  /** What the frame has so far, without its length field. */
  get frameBytes(): number {
    return this.#position - this.#frame - 4
  }

  /** The rest of the frame, then its end. `bytes` must not be changed by anyone any more. */
  endWith(bytes: Uint8Array): void {
    const length = this.frameBytes + bytes.length
    if (bytes.length < ownPartBytes) {
      this.#room(bytes.length)
      this.#slab.set(bytes, this.#position)
      this.#position += bytes.length
      return this.#patch(length)
    }
    this.#patch(length)
    this.#parts.push(this.#slab.subarray(this.#start, this.#position), bytes)
    this.#start = this.#position
  }

  end(): void {
    this.#patch(this.frameBytes)
  }

  /** Forgets the frame that was begun. */
  cancel(): void {
    this.#position = this.#frame
  }

  /** A frame without content: the tick. */
  tick(): void {
    if (this.#slab.length - this.#position < leastRoomBytes) this.#renew(leastRoomBytes)
    this.#frame = this.#position
    this.#position += 4
    this.#patch(0)
  }

  take(): readonly Uint8Array[] {
    const parts = this.#parts
    if (this.#position > this.#start) parts.push(this.#slab.subarray(this.#start, this.#position))
    this.#start = this.#position
    this.#parts = []
    this.pendingBytes = 0
    return parts
  }

  #patch(length: number): void {
    const slab = this.#slab
    const at = this.#frame
    slab[at] = length >>> 24
    slab[at + 1] = length >>> 16
    slab[at + 2] = length >>> 8
    slab[at + 3] = length
    this.pendingBytes += length + 4
  }

  #room(bytes: number): void {
    if (this.#slab.length - this.#position >= bytes) return
    // The frame that is being written moves along as a whole; what is before it stays where it is, to be taken.
    const begun = this.#slab.subarray(this.#frame, this.#position)
    if (this.#frame > this.#start) this.#parts.push(this.#slab.subarray(this.#start, this.#frame))
    this.#slab = new Uint8Array(Math.max(slabBytes, (begun.length + bytes) * 2))
    this.#slab.set(begun, 0)
    this.#start = 0
    this.#frame = 0
    this.#position = begun.length
  }

  #renew(bytes: number): void {
    if (this.#position > this.#start) this.#parts.push(this.#slab.subarray(this.#start, this.#position))
    this.#slab = new Uint8Array(Math.max(slabBytes, bytes))
    this.#start = 0
    this.#position = 0
  }
}
