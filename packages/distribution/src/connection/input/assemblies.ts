/**
 * Frames that come in fragments, until they are whole.
 *
 * Bounded: so many at once, each no longer than was announced to the sender in the hello, and memory grows with what has come: there is
 * room for sixty-four times as much at most, in one piece, however small the fragments are. Whoever breaks a rule is faulted.
 */
import { ByteReader } from '../../wire/byte-reader.ts'
import { badFrame, WireError } from '../../wire/wire-error.ts'
import { opcode } from '../../wire/opcodes.ts'

/** After so much, and whenever nothing more is to come, the sender is told. */
const creditBytes = 64 * 1024
/** Room is made for at most so many times what has come. */
const roomFactor = 64

class Assembly {
  readonly #length: number
  #received = 0
  #room: Uint8Array = new Uint8Array(0)

  constructor(length: number) {
    this.#length = length
  }

  /** The whole frame, when this was the last of it. */
  add(bytes: Uint8Array): Uint8Array | null {
    const at = this.#received
    this.#received += bytes.length
    if (this.#received > this.#length) throw badFrame(`fragments have more bytes than the ${this.#length} announced`)
    if (this.#received > this.#room.length) this.#grow(at)
    this.#room.set(bytes, at)
    return this.#received === this.#length ? this.#room : null
  }

  #grow(filled: number): void {
    // Not filled with zeros first: what was not written over is never handed on.
    const grown = new Uint8Array(Buffer.allocUnsafeSlow(Math.min(this.#length, this.#received * roomFactor)).buffer)
    grown.set(this.#room.subarray(0, filled), 0)
    this.#room = grown
  }
}

export interface AssemblyLimits {
  readonly messageBytes: number
  readonly openMessages: number
}

export class Assemblies {
  readonly #limits: AssemblyLimits
  readonly #open = new Map<number, Assembly>()
  readonly #reader = new ByteReader(new Uint8Array(0))
  /** Bytes of frames that ever came in fragments. */
  taken = 0
  #credited = 0

  constructor(limits: AssemblyLimits) {
    this.#limits = limits
  }

  /** Whether a frame is a fragment. */
  static isFragment(bytes: Uint8Array, start: number): boolean {
    const code = bytes[start]
    return code === opcode.firstFragment || code === opcode.nextFragment
  }

  /** How many frames are not whole yet. */
  get size(): number {
    return this.#open.size
  }

  /** Takes a fragment. @returns the frame that it completes, whose bytes are nobody else's. @throws WireError */
  add(bytes: Uint8Array, start: number, end: number): Uint8Array | null {
    const reader = this.#reader
    reader.reset(bytes, start, end)
    const code = reader.u8()
    const flags = reader.u8()
    if (flags !== 0) throw badFrame(`the flags ${flags} of a fragment are not understood`)
    const stream = reader.varint()
    const assembly = code === opcode.firstFragment ? this.#begin(stream, reader.varint()) : this.#open.get(stream)
    if (assembly === undefined) throw badFrame(`a fragment belongs to no frame: ${stream}`)
    if (reader.remaining === 0) throw badFrame('a fragment is empty')
    this.taken += reader.remaining
    const whole = assembly.add(reader.rest())
    if (whole !== null) this.#open.delete(stream)
    return whole
  }

  /** Whether it is time to say how much was taken; then it has been said. */
  owesCredit(): boolean {
    if (this.taken - this.#credited < creditBytes && this.#open.size > 0) return false
    this.#credited = this.taken
    return true
  }

  #begin(stream: number, length: number): Assembly {
    const { messageBytes, openMessages } = this.#limits
    if (this.#open.has(stream)) throw badFrame(`the fragments of ${stream} begin twice`)
    if (this.#open.size >= openMessages) throw badFrame(`more than ${openMessages} frames come in fragments at once`)
    if (length > messageBytes)
      throw new WireError(
        'frame_too_large',
        `a frame of ${length} bytes in fragments is over the limit of ${messageBytes}`,
      )
    const assembly = new Assembly(length)
    this.#open.set(stream, assembly)
    return assembly
  }

  clear(): void {
    this.#open.clear()
  }
}
