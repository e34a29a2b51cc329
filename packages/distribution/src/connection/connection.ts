/**
 * A connection to an authenticated peer: signals out, signals in, signs of life.
 *
 * `down` is called exactly once, after the last signal was delivered; afterwards nothing is sent or delivered. Nothing here calls
 * into the kernel while it sends: what cannot be carried is told later. What is written when is for `output/` to say.
 */
import type { AnyPid, ClockStamp, NotCarried, Runtime } from '@agner/core'
import type { Readiness, RemotePort, RemoteSignal, Routed } from '@agner/core/kernel'
import type { FrameTaker } from './channel.ts'
import type { HybridClock } from '../context/hybrid-clock.ts'
import type { Agreement } from '../handshake/handshake.ts'
import type { Vitals } from '../liveness/vitals.ts'
import type { Log } from '../log.ts'
import type { Address, Stream } from '../network/network.ts'
import type { NodeDownReason } from '../status/node-change.ts'
import { Assemblies } from './input/assemblies.ts'
import { Intake } from './input/intake.ts'
import { boundsOf, mayRefuse, type Bounds } from './output/bounds.ts'
import { Notices } from './output/notices.ts'
import { Output } from './output/output.ts'
import type { Queue } from './output/queue.ts'
import { replacement, strayTarget, unsentWhy, type Unsent } from './undeliverable.ts'
import type { Limits } from '../limits.ts'
import type { Counters } from '../stats.ts'
import { FrameWriter } from '../wire/frame-writer.ts'
import { capability, cause } from '../wire/opcodes.ts'
import type { Parties, Party } from '../wire/parties.ts'
import { PayloadCodec } from '../wire/payload.ts'
import { SignalDecoder, type DrainingNews, type Farewell, type PostNews } from '../wire/signal-decoder.ts'
import { SignalEncoder } from '../wire/signal-encoder.ts'
import { badFrame, WireError } from '../wire/wire-error.ts'

const dayMs = 86_400_000

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
  /** The node's hybrid logical clock; null if it is off. */
  readonly clock: HybridClock | null
  /** The peer says where its post listens. */
  announced(address: Address): void
  /** The peer ticks at another interval from now on. */
  paced(tickMs: number): void
  /** The peer leaves within that time. */
  draining(withinMs: number): void
  /** The connection is over: called once. */
  down(connection: Connection, reason: NodeDownReason): void
  /** A stream that was closed in peace is gone, after `down`. */
  gone(connection: Connection): void
}

export class Connection implements FrameTaker {
  readonly #options: ConnectionOptions
  readonly #bounds: Bounds
  readonly #writer = new FrameWriter()
  readonly #encoder: SignalEncoder
  readonly #decoder: SignalDecoder
  readonly #output: Output
  readonly #notices: Notices
  readonly #intake: Intake
  /** Null when no fragments were agreed on. */
  readonly #assemblies: Assemblies | null
  readonly vitals: Vitals
  /** The peer has said that it leaves within so long; null if it has not. */
  drainsWithinMs: number | null = null
  /** Beyond this the connection is closed. */
  #overflowBytes: number
  /** Takes and sends signals. */
  #isOpen = true
  #isDown = false
  /** It was said that the peer's clock is ahead. */
  #isAhead = false
  /** What cannot be carried, until it may be told. */
  #stray: { readonly signal: RemoteSignal; readonly reason: 'noproc' | NotCarried }[] = []

  constructor(options: ConnectionOptions) {
    this.#options = options
    const { self, agreement, limits, vitals, runtime, stream, counters, port } = options
    const parties: Parties = { self, peer: agreement.peer }
    const codec = new PayloadCodec(parties)
    // Who can send in fragments has been told how much; others have the limit of a frame.
    if ((agreement.capabilities & capability.fragments) !== 0) codec.objectLimitBytes = limits.objectBytes
    const bounds = boundsOf(limits, agreement)
    this.#bounds = bounds
    this.#overflowBytes = bounds.overflowBytes
    this.#writer.objectLimitBytes = bounds.objectBytes
    const { clock } = options
    const mayCarry = (agreement.capabilities & capability.headerFields) !== 0
    this.#encoder = new SignalEncoder(this.#writer, parties, codec, bounds.messageBytes, mayCarry, clock)
    this.#decoder = new SignalDecoder(parties, codec, clock === null ? null : (stamp) => this.#stamped(clock, stamp))
    this.vitals = vitals
    this.#intake = new Intake(runtime, stream, port, vitals)
    this.#assemblies = (agreement.capabilities & capability.fragments) === 0 ? null : new Assemblies(limits)
    this.#output = new Output(this.#writer, {
      runtime,
      stream,
      counters,
      bounds,
      spoke: () => vitals.spoke(),
      ready: (senders) => {
        for (const sender of senders) port.ready(this.peer.name, sender)
      },
    })
    this.#notices = new Notices(this.#writer, this.#output)
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

  /** Bytes that wait to be taken by the network. */
  get waitingBytes(): number {
    return this.#output.waitingBytes
  }

  /** @see Router.route */
  send(signal: RemoteSignal, sender: AnyPid | null = null, isFree = false): Routed {
    if (!this.#isOpen) return 'taken'
    if (strayTarget(signal, this.peer)) {
      this.#bounce(signal, 'noproc')
      return 'taken'
    }
    const output = this.#output
    const isRefusable = isFree && mayRefuse(signal)
    const inTheWay = output.inTheWayOf(sender)
    if (isRefusable && inTheWay > this.#bounds.outputBytes) return this.#refuse()
    if (inTheWay > this.#overflowBytes) {
      this.#overflow()
      return 'taken'
    }
    const refusal = this.#encoder.begin(signal)
    if (refusal !== null) {
      this.#unsent(signal, sender, unsentWhy(refusal, this.#bounds))
      return 'taken'
    }
    if (isRefusable && output.isFullFor(this.#writer.frameBytes)) {
      this.#writer.cancel()
      return this.#refuse()
    }
    output.push(sender)
    if (!isFree || sender === null || !output.isBusyFor(sender)) return 'taken'
    this.#options.counters.heldSenders++
    output.hold(sender)
    return 'busy'
  }

  /**
   * What waited for this connection goes out first, and who was held for it waits for this one now.
   *
   * All of it was let in within the bounds of the queue, so it is no overflow here, whatever it takes when it is encoded.
   */
  takeOver({ signals, held }: Queue): void {
    const output = this.#output
    this.#overflowBytes = Infinity
    for (const { signal, sender } of signals) this.send(signal, sender)
    const { overflowBytes, outputBytes } = this.#bounds
    this.#overflowBytes = Math.max(overflowBytes, output.inTheWayOf(null) + outputBytes)
    output.holdOn(held)
  }

  #refuse(): 'full' {
    this.#options.counters.refusedSends++
    return 'full'
  }

  /** @see Router.readiness */
  readiness(sender: AnyPid | null): Readiness {
    return this.#isOpen && this.#output.isBusyFor(sender) ? 'busy' : 'ready'
  }

  /** The peer takes less than it is sent. Told on a later turn, since this may run inside a send. */
  #overflow(): void {
    const { log, runtime } = this.#options
    this.#isOpen = false
    log(
      'error',
      'distribution.output_overflow',
      `the connection to ${this.peer.name} is closed: over ${this.#overflowBytes} bytes wait for it, of what may not be refused: exits, downs, replies. It is too slow, or too much is sent to it; see limits.outputBytes.`,
    )
    runtime.microtask(() => this.#down('output_overflow'))
  }

  /**
   * Tells the sender what he can act on: a request fails, a reply becomes a failure, an exit reason is cut down. Never
   * silence where somebody waits.
   */
  #unsent(signal: RemoteSignal, sender: AnyPid | null, why: Unsent): void {
    const { log, counters } = this.#options
    counters.unsent++
    const told = replacement(signal, why.code, { op: signal.op, peer: this.peer.name, ...why })
    log('error', why.code, told.text, { op: signal.op, about: this.peer.name })
    if (told.signal !== null && this.#encoder.begin(told.signal) === null) return this.#output.push(sender)
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
    const { counters } = this.#options
    counters.bytesIn += end - start + 4
    if (start === end) return
    counters.framesIn++
    if (this.#assemblies !== null && Assemblies.isFragment(bytes, start)) {
      const whole = this.#assemblies.add(bytes, start, end)
      if (this.#bounds.hasCredits && this.#assemblies.owesCredit()) this.#notices.credit(this.#assemblies.taken)
      if (whole === null) return
      const signal = this.#decoder.read(whole, 0, whole.length, true)
      if (
        'cause' in signal ||
        signal.op === 'liveness' ||
        signal.op === 'pace' ||
        signal.op === 'credit' ||
        signal.op === 'draining'
      )
        throw badFrame(`a ${signal.op} came in fragments`)
      return this.#deliver(signal)
    }
    const signal = this.#decoder.read(bytes, start, end)
    if ('cause' in signal) return this.#farewell(signal)
    if (signal.op === 'liveness') return this.#announced(signal)
    if (signal.op === 'pace') return this.#paced(signal.tickMs)
    if (signal.op === 'credit') return this.#credited(signal.taken)
    if (signal.op === 'draining') return this.#drains(signal)
    this.#deliver(signal)
  }

  #credited(taken: number): void {
    if (!this.#output.credited(taken)) throw badFrame(`it has not been sent ${taken} bytes in fragments`)
  }

  #deliver(signal: RemoteSignal): void {
    if (!this.#options.port.deliver(this.peer, signal))
      throw new WireError('forged_origin', `a ${signal.op} came in the name of a process that is not the peer's`)
  }

  /** A stamp came. One from too far ahead counts up to the bound, and is told once. */
  #stamped(clock: HybridClock, stamp: ClockStamp): void {
    const beyondMs = clock.heard(stamp)
    if (beyondMs === 0) return
    const { log, counters } = this.#options
    counters.clocksAhead++
    if (this.#isAhead) return
    this.#isAhead = true
    log(
      'warning',
      'distribution.clock_ahead',
      `the clock of ${this.peer.name} is ${beyondMs} ms further ahead than clock.maxDriftMs allows: stamps of this node may be smaller than those that it has heard. Set the clocks of both machines by NTP.`,
      { about: this.peer.name },
    )
  }

  #announced({ host, port }: PostNews): void {
    const { agreement, announced } = this.#options
    if ((agreement.capabilities & capability.liveness) === 0 || this.direction === 'in')
      throw badFrame('it says where its post is, and was not asked')
    announced({ host, port })
  }

  #paced(tickMs: number): void {
    if (tickMs === 0) throw badFrame('a tick interval of nothing')
    this.#options.paced(tickMs)
  }

  /** Says that this node ticks at another interval, if the peer understands it. */
  pace(tickMs: number): void {
    if (this.#isOpen && (this.#options.agreement.capabilities & capability.pace) !== 0) this.#notices.pace(tickMs)
  }

  #drains({ withinMs }: DrainingNews): void {
    if (!this.#understandsDraining) throw badFrame('it says that it drains, and that was not agreed on')
    // A bound of our own on what somebody else says.
    this.drainsWithinMs = Math.min(withinMs, dayMs)
    this.#options.draining(this.drainsWithinMs)
  }

  get #understandsDraining(): boolean {
    return (this.#options.agreement.capabilities & capability.draining) !== 0
  }

  /** Says that this node leaves within that time, to a peer that understands it. */
  sayDraining(withinMs: number): void {
    if (this.#isOpen && this.#understandsDraining) this.#notices.draining(withinMs)
  }

  /** Says where this node's post listens. */
  announce(address: Address): void {
    if (this.#isOpen) this.#notices.post(address)
  }

  #farewell({ op, cause: number, text }: Farewell): void {
    const { log } = this.#options
    if (op === 'fault')
      log(
        'error',
        'distribution.fault',
        `${this.peer.name} closed the connection because of what this node sent: ${printable(text)}`,
      )
    const peace = this.drainsWithinMs === null ? 'shutdown' : 'drained'
    this.#down(op === 'fault' ? 'fault' : number === cause.shutdown ? peace : 'connection_closed')
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
    this.#notices.fault(number, error.message.slice(0, 160))
    this.#down(error.code)
  }

  taken(): void {
    if (this.#isOpen) this.#intake.taken()
  }

  drained(): void {
    if (!this.#isOpen) return
    this.#output.drained()
    const { overflowBytes, outputBytes } = this.#bounds
    // What was taken over has gone out.
    if (this.#overflowBytes > overflowBytes && this.#output.waitingBytes <= outputBytes)
      this.#overflowBytes = overflowBytes
  }

  closed(_error: Error | null): void {
    if (this.#isDown) return this.#options.gone(this)
    this.#down('connection_closed')
  }

  /** One interval has passed. Ticks when nothing else was said, and gives up on a peer that was silent for too long. */
  tick(): void {
    if (!this.#isOpen) return
    this.#intake.beat()
    const beat = this.vitals.beat()
    if (beat === 'down' || beat === 'busy') return this.#lost(beat)
    if (beat === 'tick') this.#output.tick()
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
    this.#output.finish()
    this.#notices.bye(causeNumber)
    this.#down(reason)
  }

  #down(reason: NodeDownReason): void {
    if (this.#isDown) return
    this.#isDown = true
    this.#isOpen = false
    this.#output.end()
    this.#intake.end()
    this.#assemblies?.clear()
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
