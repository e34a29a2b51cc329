/**
 * Cuts a stream of bytes into frames: u32 length (big-endian), then as many bytes.
 *
 * Bounded: a length over the limit is refused before anything is kept for it, and memory grows with what has come, not
 * with what was announced. A frame that lies within one chunk is handed on without a copy; it is valid during the call
 * only.
 */
import { WireError } from './wire-error.ts'

/** Takes one frame: the bytes from `start` to `end`. An empty one is a tick. */
export type FrameSink = (bytes: Uint8Array, start: number, end: number) => void

const firstBufferBytes = 4096
/** A buffer that is too small becomes this much larger, so that a large frame is moved a few times only. */
const growth = 8
/** A fragment and its head, one of which ends beyond nearly every chunk while a large message comes. */
const spareBytes = 66 * 1024
const mostSpares = 8
/** Buffers of that size that hold nothing, for all readers of the program: memory that is made anew costs more than what is copied to it. */
const spares: Uint8Array[] = []

export class FrameReader {
  /** Frames longer than this are refused; it may be raised while a frame is handed on (the handshake does). */
  limitBytes: number
  readonly #sink: FrameSink
  /** The beginning of a frame that came in parts, with its length field. */
  #partial: Uint8Array = new Uint8Array(0)
  #partialBytes = 0
  #stopped = false

  constructor(limitBytes: number, sink: FrameSink) {
    this.limitBytes = limitBytes
    this.#sink = sink
  }

  /** Hands on no frame after this, not even those that came in the same chunk. */
  stop(): void {
    this.#stopped = true
    this.#partial = new Uint8Array(0)
    this.#partialBytes = 0
  }

  /** @throws WireError when a length is over the limit, and what the sink throws. */
  push(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length && !this.#stopped) {
      if (this.#partialBytes > 0) at = this.#complete(chunk, at)
      else if (chunk.length - at < 4) at = this.#keep(chunk, at, chunk.length, 4)
      else {
        const length = this.#length(chunk, at)
        const end = at + 4 + length
        if (end > chunk.length) at = this.#keep(chunk, at, chunk.length, 4 + length)
        else {
          this.#sink(chunk, at + 4, end)
          at = end
        }
      }
    }
  }

  /** Adds to the partial frame what it lacks, as far as the chunk goes. */
  #complete(chunk: Uint8Array, from: number): number {
    let at = from
    if (this.#partialBytes < 4) {
      at = this.#keep(chunk, at, Math.min(chunk.length, at + 4 - this.#partialBytes), 4)
      if (this.#partialBytes < 4) return at
    }
    const wanted = 4 + this.#length(this.#partial, 0)
    at = this.#keep(chunk, at, Math.min(chunk.length, at + wanted - this.#partialBytes), wanted)
    if (this.#partialBytes < wanted) return at
    const frame = this.#partial
    this.#partialBytes = 0
    // A buffer that grew for one large frame is not kept for the small ones.
    if (frame.length > firstBufferBytes) this.#partial = new Uint8Array(0)
    this.#sink(frame, 4, wanted)
    giveBack(frame)
    return at
  }

  /** @param wanted the bytes of the whole, as far as they are known. */
  #keep(chunk: Uint8Array, from: number, to: number, wanted: number): number {
    const needed = this.#partialBytes + to - from
    if (needed > this.#partial.length) {
      const before = this.#partial
      this.#partial = roomFor(needed, wanted)
      this.#partial.set(before.subarray(0, this.#partialBytes), 0)
      giveBack(before)
    }
    this.#partial.set(chunk.subarray(from, to), this.#partialBytes)
    this.#partialBytes = needed
    return to
  }

  #length(bytes: Uint8Array, at: number): number {
    const length =
      (bytes[at] as number) * 0x1000000 +
      (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
    if (length > this.limitBytes)
      throw new WireError('frame_too_large', `a frame of ${length} bytes is over the limit of ${this.limitBytes}`)
    return length
  }
}

function roomFor(needed: number, wanted: number): Uint8Array {
  const bytes = Math.max(firstBufferBytes, Math.min(needed * growth, wanted))
  if (bytes <= firstBufferBytes || bytes > spareBytes) return new Uint8Array(bytes)
  return spares.pop() ?? new Uint8Array(spareBytes)
}

function giveBack(buffer: Uint8Array): void {
  if (buffer.length === spareBytes && spares.length < mostSpares) spares.push(buffer)
}
