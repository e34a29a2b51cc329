/**
 * Packets: where one message ends and the next begins in a stream of bytes (`{packet, line | 1 | 2 | 4}` of inet).
 *
 * Chunks go in as they come, packets come out whole. Lazy: a packet is cut when it is asked for, so that a chunk of a million short
 * lines is one chunk in memory. A packet that is larger than the limit is refused as soon as that is known, before its bytes are there.
 */
import { coreError } from '../errors.ts'
import { ByteBuffer } from './byte-buffer.ts'
import { toPlain } from './isolation.ts'

/** A line without its `\n` or `\r\n`, or a header of that many bytes, big-endian, with the length of what follows. */
export type Packet = 'line' | 1 | 2 | 4

export interface Packets {
  push(chunk: Uint8Array, exclusive: boolean): void
  /** The next whole packet, or null. @throws `port.packet_too_large` */
  next(): Uint8Array | null
  /** No more chunks come: what is left, or null. @throws `port.packet_cut` */
  rest(): Uint8Array | null
}

export function cutPackets(packet: Packet, limitBytes: number): Packets {
  return packet === 'line' ? new Lines(limitBytes) : new Sized(packet, limitBytes)
}

/** @throws `port.packet_too_large` if its length does not fit into the header. */
export function withHeader(packet: 1 | 2 | 4, bytes: Uint8Array): Uint8Array {
  const limit = 2 ** (8 * packet) - 1
  if (bytes.length > limit) throw tooLarge(bytes.length, limit)
  const made = new Uint8Array(packet + bytes.length)
  for (let at = packet - 1, left = bytes.length; at >= 0; at--, left >>>= 8) made[at] = left & 0xff
  made.set(bytes, packet)
  return made
}

const newline = 10
const carriageReturn = 13

class Lines implements Packets {
  readonly #limitBytes: number
  readonly #buffer = new ByteBuffer()
  /** Bytes that have no newline among them. */
  #searched = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  push(chunk: Uint8Array, exclusive: boolean): void {
    this.#buffer.push(toPlain(chunk), exclusive)
  }

  next(): Uint8Array | null {
    const found = this.#buffer.indexOf(newline, this.#searched)
    const length = found === -1 ? this.#buffer.length : found
    // One more for a carriage return that does not count.
    if (length > this.#limitBytes + 1) throw tooLarge(length, this.#limitBytes)
    this.#searched = found === -1 ? length : 0
    if (found === -1) return null
    const line = this.#cut(length)
    this.#buffer.drop(1)
    return line
  }

  rest(): Uint8Array | null {
    return this.#buffer.length === 0 ? null : this.#cut(this.#buffer.length)
  }

  #cut(length: number): Uint8Array {
    const ended = length > 0 && this.#buffer.at(length - 1) === carriageReturn
    const kept = ended ? length - 1 : length
    if (kept > this.#limitBytes) throw tooLarge(kept, this.#limitBytes)
    const line = this.#buffer.take(kept)
    if (ended) this.#buffer.drop(1)
    return line
  }
}

class Sized implements Packets {
  readonly #headerBytes: number
  readonly #limitBytes: number
  readonly #buffer = new ByteBuffer()

  constructor(headerBytes: number, limitBytes: number) {
    this.#headerBytes = headerBytes
    this.#limitBytes = limitBytes
  }

  push(chunk: Uint8Array, exclusive: boolean): void {
    this.#buffer.push(toPlain(chunk), exclusive)
  }

  next(): Uint8Array | null {
    if (this.#buffer.length < this.#headerBytes) return null
    let length = 0
    for (let at = 0; at < this.#headerBytes; at++) length = length * 256 + this.#buffer.at(at)
    if (length > this.#limitBytes) throw tooLarge(length, this.#limitBytes)
    if (this.#buffer.length < this.#headerBytes + length) return null
    this.#buffer.drop(this.#headerBytes)
    return this.#buffer.take(length)
  }

  rest(): Uint8Array | null {
    if (this.#buffer.length > 0) throw coreError('port.packet_cut', { length: this.#buffer.length })
    return null
  }
}

function tooLarge(size: number, limit: number): Error {
  return coreError('port.packet_too_large', { size, limit })
}
