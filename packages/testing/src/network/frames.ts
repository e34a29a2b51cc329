/**
 * Finds the frames in what arrives on one direction of a connection, for the trace. What is no stream of frames, as a
 * port mapper's lines, is told as it comes.
 */
const handshakeNames: Readonly<Record<number, string>> = { 1: 'hello', 2: 'proof', 3: 'refusal' }

const names: Readonly<Record<number, string>> = {
  0x01: 'bye',
  0x02: 'fault',
  0x03: 'first fragment',
  0x04: 'next fragment',
  0x05: 'credit',
  0x06: 'draining',
  0x07: 'liveness',
  0x08: 'pace',
  0x10: 'send',
  0x11: 'link',
  0x12: 'unlink',
  0x13: 'unlinkAck',
  0x14: 'linkExit',
  0x15: 'exit',
  0x16: 'monitor',
  0x17: 'demonitor',
  0x18: 'down',
  0x19: 'request',
  0x1a: 'abandon',
  0x1b: 'reply',
  0x1c: 'requestFailed',
  0x1d: 'spawn',
  0x1e: 'spawned',
  0x1f: 'spawnFailed',
}

/** The first byte of a port mapper's line. No frame of a handshake is so long that its length begins with it. */
const brace = 0x7b
const handshakeFrames = 2

export interface FrameFinderOptions {
  frame(name: string, bytes: number, checksum: number): void
  line(text: string): void
}

export class FrameFinder {
  readonly #options: FrameFinderOptions
  #kind: 'frames' | 'lines' | null = null
  /** Bytes of the length field that have come, and its value so far. */
  #lengthBytes = 0
  #length = 0
  /** Content that has come. */
  #seen = 0
  #first = 0
  #checksum = 0
  #frames = 0

  constructor(options: FrameFinderOptions) {
    this.#options = options
  }

  push(bytes: Uint8Array): void {
    this.#kind ??= bytes[0] === brace ? 'lines' : 'frames'
    if (this.#kind === 'lines') return this.#options.line(new TextDecoder().decode(bytes))
    for (const byte of bytes) this.#byte(byte)
  }

  #byte(byte: number): void {
    if (this.#lengthBytes < 4) {
      this.#length = this.#length * 256 + byte
      if (++this.#lengthBytes === 4 && this.#length === 0) this.#end()
      return
    }
    if (this.#seen === 0) this.#first = byte
    this.#checksum = Math.imul((this.#checksum ^ byte) + 0x9e37, 0x01000193) >>> 0
    if (++this.#seen === this.#length) this.#end()
  }

  #end(): void {
    const table = this.#frames++ < handshakeFrames ? handshakeNames : names
    const name = this.#length === 0 ? 'tick' : (table[this.#first] ?? `0x${this.#first.toString(16).padStart(2, '0')}`)
    this.#options.frame(name, this.#length, this.#checksum)
    this.#lengthBytes = 0
    this.#length = 0
    this.#seen = 0
    this.#checksum = 0
  }
}
