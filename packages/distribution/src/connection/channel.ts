/**
 * A stream from its first byte on: the handshake is carried out over it, then its frames go to the connection that came
 * of it.
 *
 * Before the handshake is over everything is bounded: frames by 1 KiB, time by `timeoutMs`, number by the owner.
 */
import type { Runtime, RuntimeTimer } from '@agner/core'
import { messageOf, stackOf } from '@agner/core/kernel'
import type { Handshake, Agreement, HandshakeAction } from '../handshake/handshake.ts'
import { handshakeLimitBytes, type RefusalCode } from '../handshake/messages.ts'
import type { Address, Stream, StreamHandlers } from '../network/network.ts'
import { FrameReader } from '../wire/frame-reader.ts'
import { badFrame, WireError } from '../wire/wire-error.ts'

const tlsToPlain = 'it speaks TLS and this node does not; start both nodes with tls(), or neither'

/** What takes the frames of a channel once it is up. */
export interface FrameTaker {
  /** Bytes came: a sign of life, whole frames or not. */
  heard(): void
  frame(bytes: Uint8Array, start: number, end: number): void
  /** The bytes are no frames. Ends the connection. */
  fault(error: WireError): void
  /** All frames of a chunk were handed over. */
  taken?(): void
  drained(): void
  /** The other side closed, or the network failed. */
  closed(error: Error | null): void
}

export type Refused = HandshakeAction & { readonly type: 'refused' }

export interface ChannelOwner {
  /** Acceptor: may this proven peer come in? Null: yes. */
  ask(channel: Channel, agreement: Agreement): RefusalCode | null
  /** The handshake is over; what comes next goes to the result. */
  up(channel: Channel, agreement: Agreement): FrameTaker
  refused(channel: Channel, refused: Refused): void
  /** It ended before the handshake did, or took too long. */
  failed(channel: Channel, reason: string): void
}

export interface ChannelOptions {
  readonly owner: ChannelOwner
  readonly runtime: Runtime
  readonly handshake: Handshake
  readonly direction: 'out' | 'in'
  /** What was dialled; null when it was accepted. */
  readonly dialled: Address | null
  /** Whom this side dialled; null when it was dialled. */
  readonly wanted: string | null
  readonly timeoutMs: number
  /** The limit of frames after the handshake. */
  readonly frameBytes: number
  /** When it began, on the owner's count of events: tells which of two connections is older. */
  readonly birth: number
}

export class Channel implements StreamHandlers {
  readonly #options: ChannelOptions
  readonly #reader: FrameReader
  #timer: RuntimeTimer | null = null
  #stream: Stream | null = null
  #taker: FrameTaker | null = null
  #over = false
  /** Why the other end is not trusted: nothing that it says is read. */
  #mistrust: string | null = null

  constructor(options: ChannelOptions) {
    this.#options = options
    this.#reader = new FrameReader(handshakeLimitBytes, (bytes, start, end) => this.#frame(bytes, start, end))
  }

  get direction(): 'out' | 'in' {
    return this.#options.direction
  }

  get birth(): number {
    return this.#options.birth
  }

  get dialled(): Address | null {
    return this.#options.dialled
  }

  get stream(): Stream {
    return this.#stream as Stream
  }

  get remote(): string {
    return this.#stream?.remote ?? 'unknown'
  }

  /** Whether the other side has said who it is. */
  get hasHeard(): boolean {
    return this.#options.handshake.claimedPeer !== null
  }

  /** Its time begins. */
  attach(stream: Stream): void {
    const { runtime, timeoutMs } = this.#options
    this.#stream = stream
    this.#timer = runtime.setTimer(timeoutMs, () => this.#fail(`the handshake was not done within ${timeoutMs} ms`))
    if (this.direction === 'out') return
    this.#secured()
    // Not inside the call that hands the stream over: it may not be written to before that returns.
    if (this.#mistrust !== null) this.#options.runtime.microtask(() => this.refuse('certificate', this.#mistrust ?? ''))
  }

  /** What the transport has proven of the other end is known from now on. */
  #secured(): void {
    const { security } = this.stream
    if (security === undefined || security === null) return
    const { handshake, wanted } = this.#options
    handshake.bind(security.binding)
    this.#mistrust = security.fault ?? (wanted === null ? null : this.#mismatch(wanted))
  }

  /** Why the other end cannot be the node `name`. What is asked may be the user's code: who cannot be judged is not trusted. */
  #mismatch(name: string): string | null {
    try {
      return this.stream.security?.refusal(name) ?? null
    } catch (error) {
      const reason = messageOf(error)
      // It may quote the certificate, which is a stranger's.
      return `its certificate cannot be judged: ${reason.replace(/\p{C}+/gu, ' ').slice(0, 200)}`
    }
  }

  opened(): void {
    this.#secured()
    if (this.#mistrust !== null) return this.refuse('certificate', this.#mistrust)
    this.#act(this.#options.handshake.start())
  }

  data(bytes: Uint8Array): void {
    if (this.#mistrust !== null) return
    this.#taker?.heard()
    try {
      // A plain view for a whole chunk, so that none is needed for each of its frames.
      this.#reader.push(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length))
    } catch (error) {
      this.#reader.stop()
      // Whatever a peer's bytes make fail, it costs this one connection: even a bug of our own.
      const fault = error instanceof WireError ? error : badFrame(`it made this node fail: ${stackOf(error)}`)
      if (this.#taker !== null) this.#taker.fault(fault)
      else this.refuse('malformed', isTls(bytes) ? tlsToPlain : fault.message)
    }
    this.#taker?.taken?.()
  }

  drained(): void {
    this.#taker?.drained()
  }

  closed(error: Error | null): void {
    if (this.#taker !== null) return this.#taker.closed(error)
    if (this.#over) return
    this.#end()
    const silent =
      this.direction === 'out' && !this.hasHeard ? ' before anything was said; what listens there may speak TLS' : ''
    this.#options.owner.failed(this, error === null ? `the connection was closed${silent}` : error.message)
  }

  /** Ends the handshake with a refusal. */
  refuse(code: RefusalCode, detail = ''): void {
    this.#act(this.#options.handshake.refuse(code, detail))
  }

  /** Gives up without a word; nothing is called back. */
  destroy(): void {
    // A refusal may still be on its way out.
    if (this.#over) return
    this.#end()
    this.#stream?.destroy()
  }

  #frame(bytes: Uint8Array, start: number, end: number): void {
    if (this.#taker !== null) this.#taker.frame(bytes, start, end)
    else this.#act(this.#options.handshake.receive(bytes.subarray(start, end)))
  }

  #act(actions: readonly HandshakeAction[]): void {
    const { handshake, owner } = this.#options
    for (const action of actions) {
      if (this.#over) return
      switch (action.type) {
        case 'send':
          this.#send(action.bytes)
          break
        case 'ask': {
          const mismatch = this.#mismatch(action.agreement.peer.name)
          const refusal = mismatch === null ? owner.ask(this, action.agreement) : 'certificate'
          this.#act(refusal === null ? handshake.admit() : handshake.refuse(refusal, mismatch ?? ''))
          break
        }
        case 'up':
          this.#timer?.clear()
          this.#reader.limitBytes = this.#options.frameBytes
          this.#taker = owner.up(this, action.agreement)
          break
        case 'refused':
          this.#end()
          // A refusal of ours still has to go out, and somebody who does not read it must not keep the stream.
          this.#stream?.close()
          owner.refused(this, action)
          break
      }
    }
  }

  #send(content: Uint8Array): void {
    const length = new Uint8Array(4)
    new DataView(length.buffer).setUint32(0, content.length)
    this.#stream?.write([length, content])
  }

  #fail(reason: string): void {
    if (this.#over || this.#taker !== null) return
    this.destroy()
    this.#options.owner.failed(this, reason)
  }

  #end(): void {
    this.#over = true
    this.#timer?.clear()
    this.#reader.stop()
  }
}

/** A hello or an alert of TLS: as a frame, either would be far over every limit. */
function isTls(bytes: Uint8Array): boolean {
  return (bytes[0] === 0x16 || bytes[0] === 0x15) && bytes[1] === 0x03
}
