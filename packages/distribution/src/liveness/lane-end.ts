/**
 * One end of a connection that carries a lane: proves itself, lets the other side prove itself, then ticks.
 *
 * Before the proof it is bounded: one message of fixed length at a time, and `timeoutMs` for all of it. Afterwards ticks
 * are sent only while the network takes them, so nothing piles up before a peer that is stopped. Anything that is not the
 * next message, rightly proven, ends the connection; nothing is answered.
 */
import type { Runtime, RuntimeTimer } from '@agner/core'
import type { Stream, StreamHandlers } from '../network/network.ts'
import {
  challengeBytes,
  decodeLaneHello,
  encodeLaneHello,
  helloBytes,
  laneNonceBytes,
  LaneProofs,
  proofBytes,
  tickBytes,
  type LaneRole,
  type LaneTicks,
} from './lane-messages.ts'

/** What a post needs of a runtime. */
export type PostRuntime = Pick<Runtime, 'nowMs' | 'setTimer' | 'randomBytes'>

export interface LaneEndOptions {
  readonly runtime: PostRuntime
  readonly timeoutMs: number
  /** Dialer: the lane that is wanted. */
  readonly wanted?: { readonly id: string; readonly key: Uint8Array }
  /** Acceptor: the key of a lane, if there is one. */
  keyOf(id: string): Uint8Array | null
  /** Both sides are proven. */
  up(end: LaneEnd, id: string): void
  tick(end: LaneEnd, lagMs: number): void
  /** It ended by itself or by the other side; called once, and not after `destroy`. */
  over(end: LaneEnd, reason: string): void
}

/** More than this in the network's hands, and no tick is added. */
const waitingBytes = 1024

export class LaneEnd implements StreamHandlers {
  readonly #options: LaneEndOptions
  readonly #role: LaneRole
  readonly #nonce: Uint8Array
  readonly #timer: RuntimeTimer
  #stream: Stream | null = null
  #expects: 'hello' | 'challenge' | 'proof' | 'tick'
  #message: Uint8Array
  #length = 0
  #id = ''
  #proofs: LaneProofs | null = null
  #sent: LaneTicks | null = null
  #got: LaneTicks | null = null
  #isOver = false

  constructor(options: LaneEndOptions) {
    this.#options = options
    this.#role = options.wanted === undefined ? 'acceptor' : 'dialer'
    this.#nonce = options.runtime.randomBytes(laneNonceBytes)
    this.#expects = this.#role === 'acceptor' ? 'hello' : 'challenge'
    this.#message = new Uint8Array(this.#role === 'acceptor' ? helloBytes : challengeBytes)
    this.#timer = options.runtime.setTimer(options.timeoutMs, () =>
      this.#end(`the peer did not prove itself within ${options.timeoutMs} ms`),
    )
    this.#timer.unref()
  }

  attach(stream: Stream): void {
    this.#stream = stream
  }

  opened(): void {
    const { wanted } = this.#options
    if (wanted === undefined || this.#isOver) return
    this.#id = wanted.id
    this.#write(encodeLaneHello(wanted.id, this.#nonce))
  }

  data(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length && !this.#isOver) {
      const room = this.#message.length - this.#length
      const part = bytes.subarray(at, at + room)
      this.#message.set(part, this.#length)
      this.#length += part.length
      at += part.length
      if (this.#length < this.#message.length) return
      this.#length = 0
      if (!this.#take(this.#message)) this.#end('it sent what is not its next message, rightly proven')
    }
  }

  closed(error: Error | null): void {
    this.#end(error === null ? 'the other side closed it' : error.message)
  }

  /** Does nothing unless the lane stands. */
  tick(lagMs: number): void {
    if (this.#sent === null || this.#stream === null || this.#stream.bufferedBytes > waitingBytes) return
    this.#write(this.#sent.next(lagMs))
  }

  destroy(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#timer.clear()
    this.#stream?.destroy()
  }

  #end(reason: string): void {
    if (this.#isOver) return
    this.destroy()
    this.#options.over(this, reason)
  }

  /** False: the other side may not say this. */
  #take(message: Uint8Array): boolean {
    switch (this.#expects) {
      case 'hello':
        return this.#hello(message)
      case 'challenge':
        return this.#challenge(message)
      case 'proof':
        return this.#proofs?.isOf('dialer', message) === true && this.#up()
      case 'tick': {
        const lagMs = this.#got?.read(message) ?? null
        if (lagMs !== null) this.#options.tick(this, lagMs)
        return lagMs !== null
      }
    }
  }

  #hello(message: Uint8Array): boolean {
    const hello = decodeLaneHello(message)
    const key = hello === null ? null : this.#options.keyOf(hello.id)
    if (hello === null || key === null) return false
    this.#id = hello.id
    this.#proofs = new LaneProofs(key, hello.nonce, this.#nonce)
    this.#write(this.#nonce, this.#proofs.of('acceptor'))
    this.#next('proof', proofBytes)
    return true
  }

  #challenge(message: Uint8Array): boolean {
    const { wanted } = this.#options
    if (wanted === undefined) return false
    this.#proofs = new LaneProofs(wanted.key, this.#nonce, message.slice(0, laneNonceBytes))
    if (!this.#proofs.isOf('acceptor', message.subarray(laneNonceBytes))) return false
    this.#write(this.#proofs.of('dialer'))
    return this.#up()
  }

  #up(): boolean {
    const proofs = this.#proofs as LaneProofs
    this.#timer.clear()
    this.#sent = proofs.ticks(this.#role)
    this.#got = proofs.ticks(this.#role === 'dialer' ? 'acceptor' : 'dialer')
    this.#next('tick', tickBytes)
    this.#options.up(this, this.#id)
    return true
  }

  #next(expects: 'proof' | 'tick', length: number): void {
    this.#expects = expects
    this.#message = new Uint8Array(length)
  }

  #write(...parts: readonly Uint8Array[]): void {
    this.#stream?.write(parts)
  }
}
