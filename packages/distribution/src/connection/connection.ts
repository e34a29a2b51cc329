/**
 * A connection to an authenticated peer: signals out, signals in, signs of life.
 *
 * What is sent in one turn goes out in one write. `down` is called exactly once, after the last signal was delivered;
 * afterwards nothing is sent or delivered. Nothing here calls into the kernel while it sends: what cannot be carried is
 * told later.
 */
import type { NotCarried, Runtime } from '@agner/core'
import type { RemotePort, RemoteSignal } from '@agner/core/kernel'
import type { FrameTaker } from './channel.ts'
import type { Agreement } from '../handshake/handshake.ts'
import type { Vitals } from '../liveness/vitals.ts'
import type { Log } from '../log.ts'
import type { Address, Stream } from '../network/network.ts'
import type { NodeDownReason } from '../status/node-change.ts'
import { replacement, strayTarget } from './undeliverable.ts'
import type { Limits } from '../limits.ts'
import type { Counters } from '../stats.ts'
import { FrameWriter } from '../wire/frame-writer.ts'
import { capability, cause, opcode } from '../wire/opcodes.ts'
import type { Parties, Party } from '../wire/parties.ts'
import { PayloadCodec } from '../wire/payload.ts'
import { SignalDecoder, type Farewell, type PostNews } from '../wire/signal-decoder.ts'
import { SignalEncoder } from '../wire/signal-encoder.ts'
import { badFrame, WireError } from '../wire/wire-error.ts'

/** Frames of one turn are written before its end when there are this many bytes of them. */
const flushBytes = 64 * 1024
/**
 * Microtasks without a send after which a turn's frames are written: resuming one async body after another takes a few.
 */
const quietHops = 4

export interface ConnectionOptions {
  readonly runtime: Runtime
  readonly port: RemotePort
  readonly log: Log
  readonly counters: Counters
  readonly limits: Limits
  readonly self: Party
  readonly agreement: Agreement
  readonly stream: Stream
  readonly direction: 'out' | 'in'
  /** As a channel's birth: when it came up. */
  readonly birth: number
  /** Whether the peer is alive, by all that is known. */
  readonly vitals: Vitals
  /** The peer says where its post listens. */
  announced(address: Address): void
  /** The connection is over: called once. */
  down(connection: Connection, reason: NodeDownReason): void
  /** A stream that was closed in peace is gone, after `down`. */
  gone(connection: Connection): void
}

export class Connection implements FrameTaker {
  readonly #options: ConnectionOptions
  readonly #writer = new FrameWriter()
  readonly #encoder: SignalEncoder
  readonly #decoder: SignalDecoder
  readonly vitals: Vitals
  /** Takes and sends signals. */
  #isOpen = true
  #isDown = false
  #flushing = false
  #hopBytes = 0
  #quietHops = 0
  /** What cannot be carried, until it may be told. */
  #stray: { readonly signal: RemoteSignal; readonly reason: 'noproc' | NotCarried }[] = []

  constructor(options: ConnectionOptions) {
    this.#options = options
    const { self, agreement, limits, vitals } = options
    const parties: Parties = { self, peer: agreement.peer }
    const codec = new PayloadCodec(parties)
    this.#encoder = new SignalEncoder(
      this.#writer,
      parties,
      codec,
      Math.min(limits.frameBytes, agreement.peerFrameBytes),
    )
    this.#decoder = new SignalDecoder(parties, codec)
    this.vitals = vitals
  }

  get peer(): Party {
    return this.#options.agreement.peer
  }

  get direction(): 'out' | 'in' {
    return this.#options.direction
  }

  get birth(): number {
    return this.#options.birth
  }

  /** One of the two nodes is no member of the cluster. */
  get isHidden(): boolean {
    return this.#options.agreement.isHidden
  }

  send(signal: RemoteSignal): void {
    if (!this.#isOpen) return
    if (strayTarget(signal, this.peer)) return this.#bounce(signal, 'noproc')
    const refusal = this.#encoder.write(signal)
    if (refusal !== null)
      return this.#unsent(
        signal,
        refusal.kind === 'unencodable'
          ? { code: 'distribution.unencodable', reason: refusal.reason }
          : { code: 'distribution.frame_too_large', bytes: refusal.bytes },
      )
    this.#options.counters.framesOut++
    this.#written()
  }

  #written(): void {
    const { limits, stream, runtime } = this.#options
    const { pendingBytes } = this.#writer
    if (pendingBytes + stream.bufferedBytes > limits.outputBytes) return this.#overflow()
    if (pendingBytes > flushBytes) return this.#flush()
    if (this.#flushing) return
    this.#flushing = true
    this.#hopBytes = 0
    this.#quietHops = 0
    runtime.microtask(this.#hop)
  }

  /**
   * Ends the turn's collecting when nothing was added for a few microtasks: those that were resumed together have had
   * their say then.
   */
  readonly #hop = (): void => {
    const { pendingBytes } = this.#writer
    if (pendingBytes === this.#hopBytes) this.#quietHops++
    else {
      this.#hopBytes = pendingBytes
      this.#quietHops = 0
    }
    if (this.#quietHops < quietHops) return this.#options.runtime.microtask(this.#hop)
    this.#flushing = false
    this.#flush()
  }

  #flush(): void {
    if (!this.#isOpen || this.#writer.pendingBytes === 0) return
    this.vitals.spoke()
    this.#write()
  }

  #write(): void {
    const { counters, stream } = this.#options
    counters.bytesOut += this.#writer.pendingBytes
    counters.writes++
    stream.write(this.#writer.take())
  }

  /** The peer takes less than it is sent. Told on a later turn, since this may run inside a send. */
  #overflow(): void {
    const { log, limits, runtime } = this.#options
    this.#isOpen = false
    log(
      'error',
      'distribution.output_overflow',
      `the connection to ${this.peer.name} is closed: over ${limits.outputBytes} bytes wait for it. It is too slow, or too much is sent to it; see limits.outputBytes.`,
    )
    runtime.microtask(() => this.#down('output_overflow'))
  }

  /**
   * Tells the sender what he can act on: a request fails, a reply becomes a failure, an exit reason is cut down. Never
   * silence where somebody waits.
   */
  #unsent(
    signal: RemoteSignal,
    why: {
      readonly code: 'distribution.frame_too_large' | 'distribution.unencodable'
      readonly bytes?: number
      readonly reason?: string
    },
  ): void {
    const { log, counters, agreement, limits } = this.#options
    counters.unsent++
    const limit = Math.min(limits.frameBytes, agreement.peerFrameBytes)
    const told = replacement(signal, why.code, { op: signal.op, peer: this.peer.name, limit, ...why })
    log('error', why.code, told.text, { op: signal.op, about: this.peer.name })
    if (told.signal !== null && this.#encoder.write(told.signal) === null) {
      this.#options.counters.framesOut++
      return this.#written()
    }
    this.#bounce(signal, told.reason)
  }

  #bounce(signal: RemoteSignal, reason: 'noproc' | NotCarried): void {
    const { runtime, port } = this.#options
    this.#stray.push({ signal, reason })
    if (this.#stray.length > 1) return
    runtime.microtask(() => {
      const stray = this.#stray
      this.#stray = []
      for (const each of stray) port.bounce(each.signal, each.reason)
    })
  }

  heard(): void {
    this.vitals.heard()
  }

  frame(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#isOpen) return
    const { counters, port } = this.#options
    counters.bytesIn += end - start + 4
    if (start === end) return
    counters.framesIn++
    const signal = this.#decoder.read(bytes, start, end)
    if ('cause' in signal) return this.#farewell(signal)
    if (signal.op === 'liveness') return this.#announced(signal)
    if (!port.deliver(this.peer, signal))
      throw new WireError('forged_origin', `a ${signal.op} came in the name of a process that is not the peer's`)
  }

  #announced({ host, port }: PostNews): void {
    const { agreement, announced } = this.#options
    if ((agreement.capabilities & capability.liveness) === 0 || this.direction === 'in')
      throw badFrame('it says where its post is, and was not asked')
    announced({ host, port })
  }

  /** Says where this node's post listens. */
  announce({ host, port }: Address): void {
    if (!this.#isOpen) return
    this.#writer.begin(opcode.liveness, 0)
    this.#writer.varint(port)
    this.#writer.text(host)
    this.#writer.end()
    this.#options.counters.framesOut++
    this.#written()
  }

  #farewell({ op, cause: number, text }: Farewell): void {
    const { log } = this.#options
    if (op === 'fault')
      log(
        'error',
        'distribution.fault',
        `${this.peer.name} closed the connection because of what this node sent: ${printable(text)}`,
      )
    this.#down(op === 'fault' ? 'fault' : number === cause.shutdown ? 'shutdown' : 'connection_closed')
  }

  fault(error: WireError): void {
    if (!this.#isOpen) return
    const { log, counters } = this.#options
    counters.faults++
    log(
      'error',
      `distribution.${error.code}`,
      `the connection to ${this.peer.name} is closed because of what it sent: ${error.message}`,
      { about: this.peer.name },
    )
    const number =
      error.code === 'forged_origin'
        ? cause.forgedOrigin
        : error.code === 'frame_too_large'
          ? cause.frameTooLarge
          : cause.badFrame
    this.#say(opcode.fault, number, error.message.slice(0, 160))
    this.#down(error.code)
  }

  drained(): void {
    // The bound on what waits is checked at every send; there is nobody to wake.
  }

  closed(_error: Error | null): void {
    if (this.#isDown) return this.#options.gone(this)
    this.#down('connection_closed')
  }

  /** One interval has passed. Ticks when nothing else was said, and gives up on a peer that was silent for too long. */
  tick(): void {
    if (!this.#isOpen) return
    const beat = this.vitals.beat()
    if (beat === 'down' || beat === 'busy') return this.#lost(beat)
    if (beat === 'none') return
    this.#writer.tick()
    this.#write()
  }

  #lost(beat: 'down' | 'busy'): void {
    const reason = beat === 'down' ? 'net_tick_timeout' : 'busy_timeout'
    const { silence } = this.vitals
    const why =
      beat === 'down'
        ? `gave no sign of life for ${silence} intervals`
        : `lives, but was held for ${silence} intervals, which is more than liveness.busyLimitMs allows`
    this.#options.log('warning', `distribution.${reason}`, `${this.peer.name} ${why}: the connection is closed.`)
    this.#down(reason)
  }

  /** Ends in peace: what was sent goes out, then a word of farewell. */
  close(reason: NodeDownReason, causeNumber: number): void {
    if (!this.#isOpen) return
    this.#say(opcode.bye, causeNumber, '')
    this.#down(reason)
  }

  #say(code: number, number: number, text: string): void {
    this.#writer.begin(code, 0)
    this.#writer.u8(number)
    this.#writer.text(text)
    this.#writer.end()
    this.#flush()
  }

  #down(reason: NodeDownReason): void {
    if (this.#isDown) return
    this.#isDown = true
    this.#isOpen = false
    this.#options.down(this, reason)
    if (!forsaken.has(reason)) return this.#options.stream.close()
    this.#options.stream.destroy()
    this.#options.gone(this)
  }
}

/** The peer will not take what waits for it. */
const forsaken: ReadonlySet<NodeDownReason> = new Set([
  'net_tick_timeout',
  'busy_timeout',
  'output_overflow',
  'connection_closed',
])

/** What a peer says goes into the log without line ends and escapes. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, ' ')
}
