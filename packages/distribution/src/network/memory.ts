/**
 * A network in memory, for several nodes in one program and for tests.
 *
 * It moves bytes as a real one does: later, in order, cut anywhere. With `seed` it cuts and delays pseudo-randomly, the
 * same for the same seed; without one every write arrives whole, on the next macrotask. Nothing is lost except by
 * {@link MemoryNetwork.cut}, and, with a seed, sometimes the rest of a stream that is destroyed.
 */
import type { Runtime } from '@agner/core'
import type { Address, Listener, Network, Stream, StreamHandlers } from './network.ts'

export interface MemoryNetworkOptions {
  readonly runtime: Runtime
  /** Cuts writes at pseudo-random places, and lets pseudo-random turns pass before each part arrives. */
  readonly seed?: number
  /** Bytes on their way in one direction above which `write` says false. Default 1 MiB. */
  readonly highWaterBytes?: number
}

const keyOf = (address: Address): string => `${address.host}:${address.port}`

function failure(code: string, text: string): Error {
  return Object.assign(new Error(`${code}: ${text}`), { code })
}

export class MemoryNetwork implements Network {
  readonly runtime: Runtime
  readonly highWaterBytes: number
  readonly #listeners = new Map<string, (stream: Stream) => StreamHandlers>()
  readonly #streams = new Set<MemoryStream>()
  #ports = 40_000
  #random: number | null

  constructor(options: MemoryNetworkOptions) {
    this.runtime = options.runtime
    this.highWaterBytes = options.highWaterBytes ?? 1024 * 1024
    this.#random = options.seed === undefined ? null : options.seed >>> 0
  }

  listen(address: Address, accept: (stream: Stream) => StreamHandlers): Promise<Listener> {
    const taken: Address = { host: address.host, port: address.port === 0 ? ++this.#ports : address.port }
    const key = keyOf(taken)
    if (this.#listeners.has(key)) return Promise.reject(failure('EADDRINUSE', `somebody listens on ${key}`))
    this.#listeners.set(key, accept)
    const close = (): Promise<void> => {
      this.#listeners.delete(key)
      return Promise.resolve()
    }
    return Promise.resolve({ address: taken, close })
  }

  connect(address: Address, handlers: StreamHandlers): Stream {
    const near = new MemoryStream(this, keyOf(address))
    near.handlers = handlers
    this.#streams.add(near)
    this.later(() => {
      if (near.ended) return
      const accept = this.#listeners.get(keyOf(address))
      if (accept === undefined) return near.finish(failure('ECONNREFUSED', `nobody listens on ${keyOf(address)}`))
      const far = new MemoryStream(this, `memory:${++this.#ports}`)
      this.#streams.add(far)
      near.other = far
      far.other = near
      far.handlers = accept(far)
      near.opened()
    })
    return near
  }

  /** Breaks every stream at once, as a pulled cable with a loud end. */
  cut(): void {
    for (const stream of [...this.#streams]) stream.finish(failure('ECONNRESET', 'the network was cut'))
  }

  /** Streams that are open, both ends counted. */
  get streamCount(): number {
    return this.#streams.size
  }

  /** Runs `task` after one turn of the event loop, or after a few when seeded. */
  later(task: () => void): void {
    let turns = this.#random === null ? 0 : Math.floor(this.next() * 3)
    const pass = (): void => {
      if (turns-- > 0) this.runtime.macrotask(pass)
      else task()
    }
    this.runtime.macrotask(pass)
  }

  /** How many of `length` bytes arrive together. */
  cutAt(length: number): number {
    return this.#random === null ? length : 1 + Math.floor(this.next() * Math.min(length, 1 + this.next() * 4096))
  }

  /** Whether a stream that is destroyed loses what was on its way: sometimes, when seeded. */
  losesRest(): boolean {
    return this.#random !== null && this.next() < 0.3
  }

  forget(stream: MemoryStream): void {
    this.#streams.delete(stream)
  }

  /** Mulberry32. */
  next(): number {
    this.#random = ((this.#random ?? 0) + 0x6d2b79f5) >>> 0
    let mixed = this.#random
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

class MemoryStream implements Stream {
  readonly #network: MemoryNetwork
  readonly remote: string
  handlers: StreamHandlers | null = null
  other: MemoryStream | null = null
  ended = false
  bufferedBytes = 0
  isPaused = false
  #queue: Uint8Array[] = []
  #moving = false
  #closing = false
  #full = false

  constructor(network: MemoryNetwork, remote: string) {
    this.#network = network
    this.remote = remote
  }

  opened(): void {
    this.handlers?.opened?.()
    this.#move()
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (this.ended || this.#closing) return false
    for (const part of parts) {
      if (part.length === 0) continue
      // A copy, as a kernel takes one: the other side sees what was written, not what became of it.
      this.#queue.push(part.slice())
      this.bufferedBytes += part.length
    }
    if (this.bufferedBytes > this.#network.highWaterBytes) this.#full = true
    this.#move()
    return !this.#full
  }

  #move(): void {
    if (this.ended || this.#moving || this.other === null || (this.#queue.length === 0 && !this.#closing)) return
    if (this.other.isPaused) return
    this.#moving = true
    this.#network.later(() => {
      this.#moving = false
      this.#deliver()
      this.#move()
    })
  }

  #deliver(): void {
    if (this.ended || this.other?.isPaused === true) return
    const first = this.#queue.shift()
    if (first === undefined) {
      if (this.#closing) this.finish(null)
      return
    }
    const size = this.#network.cutAt(first.length)
    if (size < first.length) this.#queue.unshift(first.subarray(size))
    this.bufferedBytes -= size
    const arrived = first.slice(0, size)
    this.other?.handlers?.data(arrived)
    // The bytes belong to the network again: whoever kept the array would see this.
    arrived.fill(0xee)
    if (this.#full && this.bufferedBytes <= this.#network.highWaterBytes / 2) {
      this.#full = false
      this.handlers?.drained?.()
    }
  }

  pause(): void {
    this.isPaused = !this.ended && !this.#closing
  }

  resume(): void {
    this.isPaused = false
    if (this.other !== null) this.other.#move()
  }

  close(): void {
    if (this.ended) return
    this.#closing = true
    if (this.other === null) this.#network.later(() => this.finish(null))
    else this.#move()
  }

  destroy(): void {
    this.handlers = null
    this.resume()
    // What was written before may still arrive, or be lost with the stream, as with a socket.
    if (this.other !== null && !this.#network.losesRest()) return this.close()
    const { other } = this
    this.#over()
    if (other !== null) this.#network.later(() => other.finish(null))
  }

  /** Both ends learn of it: this one now, the other on a later turn. */
  finish(error: Error | null): void {
    if (this.ended) return
    const { handlers, other } = this
    this.handlers = null
    this.#over()
    handlers?.closed(error)
    if (other !== null) this.#network.later(() => other.finish(error))
  }

  #over(): void {
    this.ended = true
    this.#queue = []
    this.bufferedBytes = 0
    this.#network.forget(this)
  }
}
