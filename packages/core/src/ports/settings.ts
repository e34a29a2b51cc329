/**
 * The options of ports, checked, with their defaults filled in.
 */
import { coreError } from '../errors.ts'
import type { NodeIdentity } from '../identity/pid.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import { createDecoder, Values, type Decoder } from './decoder.ts'
import { activate, noDemand, type Active } from './demand.ts'
import { typesOf, type MessageTypes, type PortEvent } from './messages.ts'
import type { Packet } from './packets.ts'
import { Port, type AnyPort } from './port.ts'

/** What every port may be told. */
export interface CommonOptions {
  /** What the owner asks for at first. Default `'once'`; `false` for connections and requests, until their owner asks. */
  readonly active?: Active
  /** Stands in front of the types of its messages: `tcp` makes `tcp_data`, `tcp_closed`. Default: none. */
  readonly tag?: string
}

export interface PortOptions extends CommonOptions {
  /** Where one item ends: `'raw'`, as the bytes come (default); `'line'`; or a header of 1, 2 or 4 bytes with the length, which `write` adds. */
  readonly packet?: Packet | 'raw'
  /** The largest packet or line that is taken, in bytes; a larger one fails the port. Default 1 MiB. */
  readonly packetLimitBytes?: number
  /** Items are strings, decoded from UTF-8. Default: bytes. */
  readonly encoding?: 'utf8'
  /** The end of what comes closes the port (default). With `true` it is told as `ended`, and the port can still be written to. */
  readonly halfOpen?: boolean
  /**
   * How a failure of the source is told: `'message'` (default), as `error` and `closed`, when the owner asks; `'exit'`, at once, as an exit signal over
   * the link, with the error as its reason.
   */
  readonly failure?: 'message' | 'exit'
  /** How long closing may wait for what was written to be taken. Default 2,000 ms; at most 4,000. `await port.end()` waits without limit. */
  readonly lingerMs?: number
  /** More bytes than this that were written and not taken fail the port. Who awaits `write` never gets there. Default 16 MiB. */
  readonly writeLimitBytes?: number
  /**
   * The source keeps no reference to the chunks that it gives, so that they need not be copied. Default: what is known of it; `true` for
   * sockets and files, `false` otherwise.
   */
  readonly exclusive?: boolean
}

export interface TextPortOptions extends PortOptions {
  readonly encoding: 'utf8'
}

/** What makes one port differ from another. */
export interface Settings {
  readonly item: PortEvent & ('data' | 'connection' | 'request')
  readonly active: Active
  /** The types of its messages. */
  readonly types: MessageTypes
  readonly header: 1 | 2 | 4 | null
  readonly halfOpen: boolean
  readonly failure: 'message' | 'exit'
  readonly lingerMs: number
  readonly writeLimitBytes: number
  makeDecoder(): Decoder
  makePort(identity: NodeIdentity, id: number): AnyPort
  /** Items that are ports themselves are made when they are told, for the one who owns the listener then. Null: it is gone by then. */
  readonly adopt?: (item: unknown, owner: ProcessRecord) => AnyPort | null
}

const mebibyte = 1_048_576
/** Closing holds up the news of a death for 5 s at most: this leaves time for the rest of it. */
const longestLingerMs = 4000

export const commonDefaults: Omit<Settings, 'makeDecoder'> = {
  item: 'data',
  active: 'once',
  types: typesOf(''),
  header: null,
  halfOpen: false,
  failure: 'message',
  lingerMs: 2000,
  writeLimitBytes: 16 * mebibyte,
  makePort: (identity, id) => new Port(identity, id, null),
}

/** @throws `port.bad_option`, `port.bad_active` */
export function toSettings(options: PortOptions, exclusive: boolean, active: Active): Settings {
  const { packet = 'raw', packetLimitBytes = mebibyte, encoding } = options
  check('packet', packet, ['raw', 'line', 1, 2, 4].includes(packet))
  checkSize('packetLimitBytes', packetLimitBytes, Infinity)
  check('encoding', encoding, encoding === undefined || encoding === 'utf8')
  const { failure = 'message', lingerMs = commonDefaults.lingerMs, halfOpen = false } = options
  check('failure', failure, failure === 'message' || failure === 'exit')
  checkSize('lingerMs', lingerMs, longestLingerMs)
  const { writeLimitBytes = commonDefaults.writeLimitBytes } = options
  checkSize('writeLimitBytes', writeLimitBytes, Infinity)
  const decoding = { packet, packetLimitBytes, asText: encoding === 'utf8', exclusive: options.exclusive ?? exclusive }
  return {
    ...commonDefaults,
    ...toCommon(options, active),
    header: typeof packet === 'number' ? packet : null,
    halfOpen,
    failure,
    lingerMs,
    writeLimitBytes,
    makeDecoder: () => createDecoder(decoding),
  }
}

/** @throws `port.bad_option`, `port.bad_active` */
export function toCommon(options: CommonOptions, usual: Active): Pick<Settings, 'types' | 'active'> {
  const { tag = '', active = usual } = options
  check('tag', tag, typeof tag === 'string')
  activate(noDemand, active)
  return { types: typesOf(tag), active }
}

/** Items as they come, each made fit for the owner. */
export function asValues(prepare: (raw: unknown) => unknown): () => Decoder {
  return () => new Values(prepare)
}

/** @throws `port.bad_option` */
export function checkSize(name: string, value: number, most: number): void {
  check(name, value, typeof value === 'number' && value >= 0 && value <= most)
}

function check(name: string, value: unknown, good: boolean): void {
  if (!good) throw coreError('port.bad_option', { name, value: String(value) })
}
