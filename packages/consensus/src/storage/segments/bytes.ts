/** Whole numbers up to 2^53 - 1 in eight bytes, the highest first, and the checksum of the format. */
import { crc32 } from 'node:zlib'

const high = 2 ** 32

export function setU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / high))
  view.setUint32(at + 4, value % high)
}

export function getU64(view: DataView, at: number): number {
  return view.getUint32(at) * high + view.getUint32(at + 4)
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * CRC-32 as in zip and Ethernet (polynomial 0x04C11DB7, reflected; `123456789` gives cbf43926): that is the one that Node.js computes natively. One flipped bit, and
 * any burst of up to 32, is always found, in a block of whatever size.
 */
export function checksum(bytes: Uint8Array, before = 0): number {
  return crc32(bytes, before)
}
