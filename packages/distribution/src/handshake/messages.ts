/**
 * The three messages of the handshake as bytes: hello, proof, refusal. Each is a frame's content: a type byte, then
 * fixed fields.
 */
import { ByteReader } from '../wire/byte-reader.ts'
import { badFrame } from '../wire/wire-error.ts'
import { encodeFields, noFields, readFields, type HelloFields } from './hello-fields.ts'
import { isNodeName } from './names.ts'

export const handshakeLimitBytes = 1024
export const nonceBytes = 32
export const proofBytes = 32

/** "AGNR": the first thing a node says, and the first that it checks. */
const magic = 0x41474e52

const messageType = { hello: 1, proof: 2, refusal: 3 } as const

export interface Hello {
  readonly versionMin: number
  readonly versionMax: number
  /** Bits of what this node understands. */
  readonly capabilities: number
  /** Bits without which it does not talk. */
  readonly required: number
  readonly incarnation: number
  /** How often it says something at least. */
  readonly tickMs: number
  /** The largest frame it takes after the handshake. */
  readonly frameBytes: number
  readonly nonce: Uint8Array
  readonly name: string
  /** Whom it believes to talk to; empty when it accepts. */
  readonly wanted: string
  readonly fields?: HelloFields
}

/** Why a connection is refused, by number on the wire and by word everywhere else. */
export const refusalCodes = {
  version: 1,
  capabilities: 2,
  wrong_cookie: 3,
  own_name: 4,
  wrong_name: 5,
  simultaneous: 6,
  busy: 7,
  stopping: 8,
  certificate: 12,
  malformed: 9,
  duplicate: 10,
  not_allowed: 11,
} as const

export type RefusalCode = keyof typeof refusalCodes

export interface Refusal {
  /** Null: a code that this version does not know. */
  readonly code: RefusalCode | null
  /** What the other side understands, so that the log can say which to upgrade. */
  readonly versionMin: number
  readonly versionMax: number
}

export type HandshakeMessage =
  | { readonly type: 'hello'; readonly hello: Hello }
  | { readonly type: 'proof'; readonly proof: Uint8Array }
  | { readonly type: 'refusal'; readonly refusal: Refusal }

class Bytes {
  readonly #bytes: number[] = []

  u8(value: number): this {
    this.#bytes.push(value & 0xff)
    return this
  }

  u32(value: number): this {
    return this.u8(value >>> 24)
      .u8(value >>> 16)
      .u8(value >>> 8)
      .u8(value)
  }

  all(bytes: Uint8Array): this {
    this.#bytes.push(...bytes)
    return this
  }

  text(value: string): this {
    const bytes = new TextEncoder().encode(value)
    return this.u8(bytes.length).all(bytes)
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }
}

export function encodeHello(hello: Hello): Uint8Array {
  const bytes = new Bytes()
    .u8(messageType.hello)
    .u32(magic)
    .u8(hello.versionMin)
    .u8(hello.versionMax)
    .u32(hello.capabilities)
    .u32(hello.required)
  bytes.u32(hello.incarnation).u32(hello.tickMs).u32(hello.frameBytes).all(hello.nonce)
  return bytes
    .text(hello.name)
    .text(hello.wanted)
    .all(encodeFields(hello.fields ?? noFields))
    .done()
}

export function encodeProof(proof: Uint8Array): Uint8Array {
  return new Bytes().u8(messageType.proof).all(proof).done()
}

export function encodeRefusal(code: RefusalCode, versionMin: number, versionMax: number): Uint8Array {
  return new Bytes().u8(messageType.refusal).u8(refusalCodes[code]).u8(versionMin).u8(versionMax).done()
}

/** @throws WireError for whatever is none of the three. */
export function decodeHandshake(bytes: Uint8Array): HandshakeMessage {
  const reader = new ByteReader(bytes)
  const type = reader.u8()
  switch (type) {
    case messageType.hello:
      return { type: 'hello', hello: readHello(reader) }
    case messageType.proof: {
      const proof = reader.view(proofBytes).slice()
      if (reader.remaining !== 0) throw badFrame('bytes follow the proof')
      return { type: 'proof', proof }
    }
    case messageType.refusal: {
      const number = reader.u8()
      const code = (Object.keys(refusalCodes) as RefusalCode[]).find((word) => refusalCodes[word] === number) ?? null
      return { type: 'refusal', refusal: { code, versionMin: reader.u8(), versionMax: reader.u8() } }
    }
    default:
      throw badFrame(`${type} is no handshake message`)
  }
}

/** Fields that are not known here are left alone: they are part of the transcript all the same. */
function readHello(reader: ByteReader): Hello {
  if (reader.u32() !== magic) throw badFrame('the magic number is missing')
  const hello = {
    versionMin: reader.u8(),
    versionMax: reader.u8(),
    capabilities: reader.u32(),
    required: reader.u32(),
    incarnation: reader.u32(),
    tickMs: reader.u32(),
    frameBytes: reader.u32(),
    nonce: reader.view(nonceBytes).slice(),
    name: readName(reader),
    wanted: readName(reader),
    fields: readFields(reader),
  }
  if (!isNodeName(hello.name)) throw badFrame('the node name is malformed')
  if (hello.wanted !== '' && !isNodeName(hello.wanted)) throw badFrame('the wanted node name is malformed')
  if (hello.incarnation === 0) throw badFrame('the incarnation is zero')
  if (hello.versionMin > hello.versionMax) throw badFrame('the version range is empty')
  return hello
}

function readName(reader: ByteReader): string {
  const bytes = reader.view(reader.u8())
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw badFrame('a node name is no UTF-8')
  }
}
