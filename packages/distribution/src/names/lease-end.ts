/**
 * One end of a stream that holds a name: it ticks, and nothing else is said. Whoever closes it, or is silent for four of the
 * slower one's intervals, ends the lease.
 */
import type { Runtime, RuntimeTimer } from '@agner/core'
import type { FrameTaker } from '../connection/channel.ts'
import { Pulse, silenceLimit } from '../connection/pulse.ts'
import type { Stream } from '../network/network.ts'
import type { WireError } from '../wire/wire-error.ts'

export interface LeaseEndOptions {
  readonly runtime: Runtime
  readonly stream: Stream
  readonly tickMs: number
  readonly peerTickMs: number
  /** Called once, unless this side closes it. */
  over(why: string): void
}

export class LeaseEnd implements FrameTaker {
  readonly #options: LeaseEndOptions
  readonly #pulse: Pulse
  #timer: RuntimeTimer
  #isOver = false

  constructor(options: LeaseEndOptions) {
    this.#options = options
    this.#pulse = new Pulse(silenceLimit(options.tickMs, options.peerTickMs))
    this.#timer = this.#wait()
  }

  get isHeld(): boolean {
    return !this.#isOver
  }

  #wait(): RuntimeTimer {
    const { runtime, tickMs } = this.#options
    const timer = runtime.setTimer(tickMs, () => this.#beat())
    timer.unref()
    return timer
  }

  #beat(): void {
    const beat = this.#pulse.beat()
    if (beat === 'down' || beat === 'busy') return this.#end('the other side gave no sign of life')
    if (beat === 'tick') this.#options.stream.write([new Uint8Array(4)])
    this.#timer = this.#wait()
  }

  heard(): void {
    this.#pulse.heard()
  }

  frame(_bytes: Uint8Array, start: number, end: number): void {
    if (start !== end) this.#end('the other side said something, which it has no right to')
  }

  fault(error: WireError): void {
    this.#end(error.message)
  }

  drained(): void {
    // Ticks alone are written.
  }

  closed(error: Error | null): void {
    this.#end(error === null ? 'the other side closed the connection' : error.message)
  }

  /** Gives the name back. Nobody is called. */
  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#timer.clear()
    this.#options.stream.close()
  }

  #end(why: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#timer.clear()
    this.#options.stream.destroy()
    this.#options.over(why)
  }
}
