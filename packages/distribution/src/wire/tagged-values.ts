/**
 * Dates and big whole numbers, as CBOR has them: by cbor-x.
 *
 * The walks of the writer and the reader are our own, since what is in a frame is checked while it is built, and plain data is most
 * of what is sent. What CBOR has a form of its own for, and no walk makes faster, the library says. The reader has looked at
 * the bytes before: a bounded number of them, of the form that is expected.
 */
import { messageOf } from '@agner/core/kernel'
import { Encoder } from 'cbor-x'
import { badFrame } from './wire-error.ts'

const cbor = new Encoder({ useRecords: false, tagUint8Array: false })

/** One item; valid until the next call. */
export function encodeTagged(value: bigint | Date): Uint8Array {
  return cbor.encode(value)
}

/** @throws WireError */
export function decodeTagged(bytes: Uint8Array, start: number, end: number): unknown {
  try {
    // Not `subarray`: of a Buffer the library would make other things than of plain bytes.
    return cbor.decode(new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start))
  } catch (error) {
    throw badFrame(`a date or big number cannot be decoded: ${messageOf(error)}`)
  }
}
