/**
 * Nothing is both shared and mutable: what a port hands over is seen by nobody else, and what it is given to write is its own.
 */
import { copy } from '../values/copy.ts'

/**
 * Bytes that nobody else can see, as a plain Uint8Array.
 *
 * Without a copy only if the source keeps no reference (`exclusive`) and the bytes fill their buffer: else they are a slice of a pool, and
 * whoever has the neighbours could reach them through `.buffer`.
 */
export function ownBytes(bytes: Uint8Array, exclusive: boolean): Uint8Array {
  return exclusive && fillsItsBuffer(bytes) ? toPlain(bytes) : new Uint8Array(bytes)
}

function fillsItsBuffer({ buffer, byteLength }: Uint8Array): boolean {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
}

/** The same bytes, and not a Buffer: its `slice` shares memory. */
export function toPlain(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The bytes in `value`, if it is made of bytes at all. */
export function toBytes(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array) return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : null
}

/**
 * What a source gave, isolated: bytes as above, strings as they are, all else as a copy.
 *
 * @throws `copy.unsendable`
 */
export function isolate(value: unknown, exclusive: boolean): unknown {
  const bytes = toBytes(value)
  return bytes === null ? copy(value) : ownBytes(bytes, exclusive)
}
