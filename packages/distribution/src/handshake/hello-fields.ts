/**
 * Fields of later versions, at the end of a hello: u8 type, u16 length, bytes, any number of them.
 *
 * Who does not know a type passes over it. Each type has its owner, who says what its bytes mean; PROTOCOL.md has the list.
 */
import type { ByteReader } from '../wire/byte-reader.ts'
import { badFrame } from '../wire/wire-error.ts'

export type HelloFields = ReadonlyMap<number, Uint8Array>

export const noFields: HelloFields = new Map()

/** The types that are taken. */
export const helloField = {
  /** Reserved for liveness. */
  liveness: 1,
  /** The initiator wants a name (no bytes), and the acceptor has one for it (UTF-8): see `names/`. */
  nameRequest: 2,
  /** u32: the largest message that is taken in fragments, in bytes. */
  messageBytes: 3,
  /** u16: how many messages in fragments may be under way to the sender of the hello. */
  openMessages: 4,
  /** u32: what a message may hold besides byte strings, in bytes. Who says it refuses more in messages that came in fragments. */
  objectBytes: 5,
} as const

export function encodeFields(fields: HelloFields): Uint8Array {
  const bytes: number[] = []
  for (const [type, content] of fields) bytes.push(type, content.length >>> 8, content.length & 0xff, ...content)
  return Uint8Array.from(bytes)
}

/** All that is left. @throws WireError when it is no list of fields, or has one twice. */
export function readFields(reader: ByteReader): HelloFields {
  const fields = new Map<number, Uint8Array>()
  while (reader.remaining > 0) {
    const type = reader.u8()
    if (fields.has(type)) throw badFrame(`the field ${type} comes twice`)
    fields.set(type, reader.view(reader.u16()).slice())
  }
  return fields
}

/** A number as a field's bytes. */
export function fieldOf(value: number, length: 2 | 4): Uint8Array {
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  if (length === 2) view.setUint16(0, Math.min(value, 0xffff))
  else view.setUint32(0, Math.min(value, 0xffffffff))
  return bytes
}

/** The number in a field; `absent` when it is not there, or of another length than it must be. */
export function numberOf(fields: HelloFields, type: number, length: 2 | 4, absent: number): number {
  const bytes = fields.get(type)
  if (bytes?.length !== length) return absent
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  return length === 2 ? view.getUint16(0) : view.getUint32(0)
}
