/**
 * What stands between a source and its port's owner: raw items go in as the source gives them, and come out as the owner gets them,
 * cut into packets, as text if asked for, and isolated.
 */
import { coreError } from '../errors.ts'
import { isolate, ownBytes, toBytes } from './isolation.ts'
import { cutPackets, type Packet, type Packets } from './packets.ts'

/** Stands for "nothing yet": items may be undefined. */
export const noItem: unique symbol = Symbol('no item')

export interface Decoder {
  /** @throws `copy.unsendable`, `port.not_bytes` */
  push(raw: unknown): void
  /** The next item, or {@link noItem}. @throws `port.packet_too_large` */
  next(): unknown
  /** The source has ended: what it left unfinished becomes an item, if it can. @throws `port.packet_cut` */
  end(): void
}

export interface DecoderOptions {
  readonly packet: Packet | 'raw'
  readonly packetLimitBytes: number
  readonly asText: boolean
  readonly exclusive: boolean
}

export function createDecoder(options: DecoderOptions): Decoder {
  const { packet, packetLimitBytes, asText, exclusive } = options
  if (packet !== 'raw') return new Cut(cutPackets(packet, packetLimitBytes), asText, exclusive)
  return asText ? new Text() : new Values((raw) => isolate(raw, exclusive))
}

/** Items as they come, each made fit for the owner. */
export class Values implements Decoder {
  readonly #waiting: unknown[] = []
  readonly #prepare: (raw: unknown) => unknown

  constructor(prepare: (raw: unknown) => unknown) {
    this.#prepare = prepare
  }

  push(raw: unknown): void {
    this.#waiting.push(this.#prepare(raw))
  }

  next(): unknown {
    return this.#waiting.length === 0 ? noItem : this.#waiting.shift()
  }

  end(): void {}
}

/** Bytes as text; a character may be spread over two chunks. */
class Text implements Decoder {
  readonly #waiting: string[] = []
  readonly #utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

  push(raw: unknown): void {
    const bytes = toBytes(raw)
    this.#add(bytes === null ? stringOf(raw) : this.#utf8.decode(bytes, { stream: true }))
  }

  next(): unknown {
    return this.#waiting.length === 0 ? noItem : this.#waiting.shift()
  }

  end(): void {
    this.#add(this.#utf8.decode())
  }

  /** A chunk of half a character is no item. */
  #add(text: string): void {
    if (text !== '') this.#waiting.push(text)
  }
}

/** Bytes cut into packets. */
class Cut implements Decoder {
  readonly #packets: Packets
  readonly #utf8: InstanceType<typeof TextDecoder> | null
  readonly #exclusive: boolean
  #ended = false

  constructor(packets: Packets, asText: boolean, exclusive: boolean) {
    this.#packets = packets
    this.#utf8 = asText ? new TextDecoder('utf-8', { ignoreBOM: true }) : null
    this.#exclusive = exclusive
  }

  push(raw: unknown): void {
    const bytes = toBytes(raw)
    if (bytes === null) this.#packets.push(new TextEncoder().encode(stringOf(raw)), true)
    else this.#packets.push(bytes, this.#exclusive)
  }

  next(): unknown {
    const packet = this.#packets.next() ?? (this.#ended ? this.#packets.rest() : null)
    if (packet === null) return noItem
    return this.#utf8 === null ? ownBytes(packet, true) : this.#utf8.decode(packet)
  }

  end(): void {
    this.#ended = true
  }
}

/** A stream may have been told to give strings. */
function stringOf(raw: unknown): string {
  if (typeof raw !== 'string') throw coreError('port.not_bytes', { value: typeof raw })
  return raw
}
