/**
 * Frames to signals.
 *
 * Checks everything that can be checked without the kernel: opcode, flags, bounds, kinds of addresses, and that nothing
 * follows. Whether a signal may come from this peer is the kernel's to say.
 */
import { Pid, Ref, type AnyPid, type ClockStamp, type ExitReason } from '@agner/core'
import type { NameAddress, RemoteSignal } from '@agner/core/kernel'
import { isHost } from '../handshake/names.ts'
import { readFields, type Fields } from '../context/header-fields.ts'
import { ByteReader } from './byte-reader.ts'
import { addressForm, flag, opcode } from './opcodes.ts'
import { readIdentity, readRef, textLimitBytes, type Parties } from './parties.ts'
import type { PayloadCodec } from './payload.ts'
import { RecentPids } from './recent-pids.ts'
import { spawnLink, spawnMonitor, spawnVersion } from './signal-encoder.ts'
import { badFrame } from './wire-error.ts'

/** The other side says that it closes the connection. */
export interface Farewell {
  readonly op: 'bye' | 'fault'
  readonly cause: number
  readonly text: string
}

/** The other side has taken so many bytes in fragments. */
export interface Credit {
  readonly op: 'credit'
  readonly taken: number
}

/** The other side ticks at another interval from now on. */
export interface PaceNews {
  readonly op: 'pace'
  readonly tickMs: number
}

/** The peer is about to leave. */
export interface DrainingNews {
  readonly op: 'draining'
  readonly withinMs: number
}

/** The other side says where its post listens. */
export interface PostNews {
  readonly op: 'liveness'
  readonly port: number
  readonly host: string
}

const messageLimitBytes = 64 * 1024
const farewellTextLimitBytes = 512
const hostLimitBytes = 255

export class SignalDecoder {
  readonly #parties: Parties
  readonly #sendersPids: RecentPids
  readonly #receiversPids: RecentPids
  readonly #codec: PayloadCodec
  readonly #reader = new ByteReader(new Uint8Array(0))
  #bytes: Uint8Array = new Uint8Array(0)
  #isOurs = false
  readonly #heard: ((stamp: ClockStamp) => void) | null

  /** @param heard takes stamps; null: this node has no clock for them. */
  constructor(parties: Parties, codec: PayloadCodec, heard: ((stamp: ClockStamp) => void) | null = null) {
    this.#heard = heard
    this.#parties = parties
    this.#sendersPids = new RecentPids(parties.peer)
    this.#receiversPids = new RecentPids(parties.self)
    this.#codec = codec
  }

  /**
   * Reads the frame in `bytes` from `start` to `end`.
   *
   * @param isOurs nobody else will use the bytes: large byte strings stay in them.
   * @throws WireError for whatever is not a frame of this protocol.
   */
  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    isOurs = false,
  ): RemoteSignal | Farewell | PostNews | PaceNews | DrainingNews | Credit {
    const reader = this.#reader
    this.#bytes = bytes
    this.#isOurs = isOurs
    reader.reset(bytes, start, end)
    const code = reader.u8()
    const flags = reader.u8()
    if ((flags & ~flag.fields) !== 0) throw badFrame(`the flags ${flags} are not understood`)
    const fields = (flags & flag.fields) === 0 ? null : readFields(reader, this.#parties)
    const signal = this.#signal(code)
    if (reader.remaining !== 0) throw badFrame(`${reader.remaining} bytes follow the frame's content`)
    return fields === null ? signal : this.#with(fields, signal)
  }

  /** What came along: a stamp counts for every signal, and goes on with what a process will see. */
  #with<S extends ReturnType<SignalDecoder['read']>>({ trace, clock, leader }: Fields, signal: S): S {
    const heard = this.#heard
    if (clock !== null && heard !== null) heard(clock)
    const led = leader !== null && signal.op === 'spawn' ? { ...signal, leader } : signal
    const context = { trace, clock: heard === null ? null : clock }
    if (context.trace === null && context.clock === null) return led
    const isSeen = signal.op === 'send' || signal.op === 'request' || signal.op === 'spawn'
    return isSeen ? { ...led, context } : signal
  }

  #signal(code: number): RemoteSignal | Farewell | PostNews | PaceNews | DrainingNews | Credit {
    const reader = this.#reader
    switch (code) {
      case opcode.send:
        return { op: 'send', from: this.#pidOrNone(), to: this.#target(), message: this.#payload() }
      case opcode.link:
        return { op: 'link', from: this.#pid(), to: this.#pid() }
      case opcode.unlink:
        return { op: 'unlink', from: this.#pid(), to: this.#pid(), id: reader.varint() }
      case opcode.unlinkAck:
        return { op: 'unlinkAck', from: this.#pid(), to: this.#pid(), id: reader.varint() }
      case opcode.linkExit:
        return { op: 'linkExit', from: this.#pid(), to: this.#pid(), reason: this.#reason() }
      case opcode.exit:
        return { op: 'exit', from: this.#pidOrNone(), to: this.#pid(), reason: this.#reason() }
      case opcode.monitor:
        return { op: 'monitor', from: this.#pid(), to: this.#process(), ref: this.#ref() }
      case opcode.demonitor:
        return { op: 'demonitor', from: this.#pid(), to: this.#process(), ref: this.#ref() }
      case opcode.down:
        return { op: 'down', from: this.#process(), to: this.#pid(), ref: this.#ref(), reason: this.#reason() }
      case opcode.request:
        return { op: 'request', from: this.#pid(), to: this.#process(), id: reader.varint(), payload: this.#payload() }
      case opcode.abandon:
        return { op: 'abandon', from: this.#pid(), to: this.#process(), id: reader.varint() }
      case opcode.reply:
        return { op: 'reply', to: this.#pid(), id: reader.varint(), payload: this.#payload() }
      case opcode.requestFailed:
        return { op: 'requestFailed', to: this.#pid(), id: reader.varint(), reason: this.#reason() }
      case opcode.spawn:
        return this.#spawn()
      case opcode.spawned:
        return { op: 'spawned', to: this.#pid(), id: reader.varint(), pid: this.#pid() }
      case opcode.spawnFailed:
        return {
          op: 'spawnFailed',
          to: this.#pid(),
          id: reader.varint(),
          code: reader.text(textLimitBytes),
          message: reader.text(messageLimitBytes),
        }
      case opcode.bye:
      case opcode.fault:
        return {
          op: code === opcode.bye ? 'bye' : 'fault',
          cause: reader.u8(),
          text: reader.text(farewellTextLimitBytes),
        }
      case opcode.credit:
        return { op: 'credit', taken: reader.varint() }
      case opcode.pace:
        return { op: 'pace', tickMs: reader.varint() }
      case opcode.draining:
        return { op: 'draining', withinMs: reader.varint() }
      case opcode.liveness:
        return { op: 'liveness', port: portNumber(reader.varint()), host: hostName(reader.text(hostLimitBytes)) }
      default:
        throw badFrame(`the opcode ${code} is not understood`)
    }
  }

  #spawn(): RemoteSignal {
    const reader = this.#reader
    const from = this.#pid()
    const id = reader.varint()
    const bits = reader.u8()
    if (bits > (spawnLink | spawnMonitor | spawnVersion)) throw badFrame(`the spawn bits ${bits} are not understood`)
    const module = reader.text(textLimitBytes)
    const name = reader.text(textLimitBytes)
    const version = (bits & spawnVersion) === 0 ? null : reader.text(textLimitBytes)
    const monitor = (bits & spawnMonitor) === 0 ? null : this.#ref()
    return {
      op: 'spawn',
      from,
      node: this.#parties.self.name,
      id,
      module,
      version,
      name,
      argument: this.#payload(),
      link: (bits & spawnLink) !== 0,
      monitor,
    }
  }

  #pid(): AnyPid {
    const value = this.#identity(this.#reader.u8())
    if (!(value instanceof Pid)) throw badFrame('a pid was expected')
    return value
  }

  /** The address whose form byte was `form`; the usual two forms take a short cut. */
  #identity(form: number): AnyPid | Ref | null {
    if (form === addressForm.senderPid) return this.#sendersPids.get(this.#reader.varint())
    if (form === addressForm.receiverPid) return this.#receiversPids.get(this.#reader.varint())
    return readIdentity(this.#reader, form, this.#parties)
  }

  #pidOrNone(): AnyPid | null {
    const value = this.#identity(this.#reader.u8())
    if (value instanceof Ref) throw badFrame('a pid was expected')
    return value
  }

  #ref(): Ref {
    return readRef(this.#reader, this.#parties)
  }

  #target(): AnyPid | Ref | NameAddress {
    const reader = this.#reader
    const form = reader.u8()
    const { self, peer } = this.#parties
    if (form === addressForm.receiverName) return { name: reader.text(textLimitBytes), node: self.name }
    if (form === addressForm.senderName) return { name: reader.text(textLimitBytes), node: peer.name }
    const value = this.#identity(form)
    if (value === null) throw badFrame('an address was expected')
    return value
  }

  #process(): AnyPid | NameAddress {
    const target = this.#target()
    if (target instanceof Ref) throw badFrame('a process was expected')
    return target
  }

  #payload(): unknown {
    const reader = this.#reader
    const start = reader.position
    reader.position += reader.remaining
    return this.#codec.decode(this.#bytes, start, reader.position, this.#isOurs)
  }

  #reason(): ExitReason {
    return freeze(this.#payload()) as ExitReason
  }
}

/** Exit reasons are frozen data, wherever they come from. */
function freeze(value: unknown): unknown {
  if (
    typeof value !== 'object' ||
    value === null ||
    Object.isFrozen(value) ||
    value instanceof Pid ||
    value instanceof Ref ||
    ArrayBuffer.isView(value)
  )
    return value
  Object.freeze(value)
  for (const part of Object.values(value)) freeze(part)
  if (value instanceof Error) freeze(value.cause)
  return value
}

function portNumber(value: number): number {
  if (value > 65_535) throw badFrame(`${value} is no port`)
  return value
}

/** Empty: where the sender was reached. */
function hostName(text: string): string {
  if (text !== '' && !isHost(text)) throw badFrame('that is no host')
  return text
}
