/**
 * Signals to frames.
 *
 * A frame is written whole or not at all: one that is over the limit, or holds what cannot be said, is taken back, and
 * the connection goes on.
 */
import { Pid, type AnyPid, type Ref } from '@agner/core'
import { messageOf } from '@agner/core/kernel'
import type { MessageContext, NameAddress, RemoteSignal } from '@agner/core/kernel'
import { writeFields } from '../context/header-fields.ts'
import type { HybridClock } from '../context/hybrid-clock.ts'
import { ObjectTooLarge, type FrameWriter } from './frame-writer.ts'
import { addressForm, flag, opcode } from './opcodes.ts'
import { writePid, writeRef, type Parties } from './parties.ts'
import type { PayloadCodec } from './payload.ts'
import type { ValueWriter } from './value-writer.ts'

export type Refusal =
  /** Over the limit of what may be sent at all. */
  | { readonly kind: 'too_large'; readonly bytes: number }
  /** Over the limit of what may be encoded in one go; `bytes` were counted when it was given up. */
  | { readonly kind: 'object_too_large'; readonly bytes: number }
  | { readonly kind: 'unencodable'; readonly reason: string }

/** Characters of a name or module; three bytes each at most, so that it stays within what a receiver takes. */
const textLimit = 1024
const messageLimit = 8192

/** Link and monitor bits of a spawn. */
export const spawnLink = 1
export const spawnMonitor = 2
export const spawnVersion = 4

export class SignalEncoder {
  readonly #writer: FrameWriter
  readonly #parties: Parties
  readonly #values: ValueWriter
  readonly #limitBytes: number
  readonly #mayCarry: boolean
  readonly #clock: HybridClock | null

  /**
   * @param mayCarry whether the receiver skips header fields that it does not know.
   * @param clock stamps every signal; null: none.
   */
  constructor(
    writer: FrameWriter,
    parties: Parties,
    codec: PayloadCodec,
    limitBytes: number,
    mayCarry = false,
    clock: HybridClock | null = null,
  ) {
    this.#writer = writer
    this.#parties = parties
    this.#values = codec.writerTo(writer)
    this.#limitBytes = limitBytes
    this.#mayCarry = mayCarry
    this.#clock = mayCarry ? clock : null
  }

  /** Writes `signal` as one frame, or says why it cannot. */
  write(signal: RemoteSignal): Refusal | null {
    const refusal = this.begin(signal)
    if (refusal === null) this.#writer.end()
    return refusal
  }

  /** As {@link write}, but the frame is not ended yet: its owner says where it goes. */
  begin(signal: RemoteSignal): Refusal | null {
    const tooLong = longText(signal)
    if (tooLong !== null)
      return {
        kind: 'unencodable',
        reason: `a name of ${tooLong.length} characters, of which ${textLimit} are allowed`,
      }
    const writer = this.#writer
    this.#open(signal)
    try {
      this.#header(signal)
      this.#payload(signal)
    } catch (error) {
      writer.cancel()
      if (error instanceof ObjectTooLarge) return { kind: 'object_too_large', bytes: error.bytes }
      return { kind: 'unencodable', reason: messageOf(error) }
    }
    const bytes = writer.frameBytes
    if (bytes <= this.#limitBytes) return null
    writer.cancel()
    return { kind: 'too_large', bytes }
  }

  /** The frame's beginning, with what comes along. */
  #open(signal: RemoteSignal): void {
    const writer = this.#writer
    const { context } = signal as { readonly context?: MessageContext }
    const clock = this.#clock
    const trace = context === undefined || !this.#mayCarry ? null : context.trace
    const leader = signal.op === 'spawn' && this.#mayCarry ? (signal.leader ?? null) : null
    if (trace === null && clock === null && leader === null) return writer.begin(opcode[signal.op], 0)
    writer.begin(opcode[signal.op], flag.fields)
    writeFields(writer, { trace, clock: clock === null ? null : clock.now(), leader }, this.#parties)
  }

  #payload(signal: RemoteSignal): void {
    switch (signal.op) {
      case 'send':
        return this.#values.write(signal.message)
      case 'request':
      case 'reply':
        return this.#values.write(signal.payload)
      case 'linkExit':
      case 'exit':
      case 'down':
      case 'requestFailed':
        return this.#values.write(signal.reason)
      case 'spawn':
        return this.#values.write(signal.argument)
      default:
    }
  }

  #header(signal: RemoteSignal): void {
    const writer = this.#writer
    switch (signal.op) {
      case 'send':
        this.#pidOrNone(signal.from)
        return this.#target(signal.to)
      case 'link':
      case 'linkExit':
        this.#pid(signal.from)
        return this.#pid(signal.to)
      case 'unlink':
      case 'unlinkAck':
        this.#pid(signal.from)
        this.#pid(signal.to)
        return writer.varint(signal.id)
      case 'exit':
        this.#pidOrNone(signal.from)
        return this.#pid(signal.to)
      case 'monitor':
      case 'demonitor':
        this.#pid(signal.from)
        this.#target(signal.to)
        return this.#ref(signal.ref)
      case 'down':
        this.#target(signal.from)
        this.#pid(signal.to)
        return this.#ref(signal.ref)
      case 'request':
      case 'abandon':
        this.#pid(signal.from)
        this.#target(signal.to)
        return writer.varint(signal.id)
      case 'reply':
      case 'requestFailed':
        this.#pid(signal.to)
        return writer.varint(signal.id)
      case 'spawn':
        this.#pid(signal.from)
        writer.varint(signal.id)
        writer.u8(
          (signal.link ? spawnLink : 0) |
            (signal.monitor === null ? 0 : spawnMonitor) |
            (signal.version === null ? 0 : spawnVersion),
        )
        writer.text(signal.module)
        writer.text(signal.name)
        if (signal.version !== null) writer.text(signal.version)
        if (signal.monitor !== null) this.#ref(signal.monitor)
        return
      case 'spawned':
        this.#pid(signal.to)
        writer.varint(signal.id)
        return this.#pid(signal.pid)
      case 'spawnFailed':
        this.#pid(signal.to)
        writer.varint(signal.id)
        writer.text(signal.code.slice(0, textLimit))
        return writer.text(signal.message.slice(0, messageLimit))
    }
  }

  #pid(pid: AnyPid): void {
    writePid(this.#writer, pid, this.#parties)
  }

  #pidOrNone(pid: AnyPid | null): void {
    if (pid === null) this.#writer.u8(addressForm.none)
    else this.#pid(pid)
  }

  #ref(ref: Ref): void {
    writeRef(this.#writer, ref, this.#parties)
  }

  #target(target: AnyPid | Ref | NameAddress): void {
    if (target instanceof Pid) return this.#pid(target)
    if ('identity' in target) return this.#ref(target)
    this.#writer.u8(target.node === this.#parties.self.name ? addressForm.senderName : addressForm.receiverName)
    this.#writer.text(target.name)
  }
}

/** The first text of a header that is over the limit. */
function longText(signal: RemoteSignal): string | null {
  if (signal.op === 'spawn')
    return [signal.module, signal.name, signal.version ?? ''].find((text) => text.length > textLimit) ?? null
  const target = 'to' in signal ? signal.to : null
  return target !== null && !('identity' in target) && target.name.length > textLimit ? target.name : null
}
