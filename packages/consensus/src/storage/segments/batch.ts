/**
 * A batch: what goes to disk by one write and one sync.
 *
 *     "Bat1" · u32 length of the body · u32 checksum of the body · u32 checksum of the place and of the twelve bytes before · body
 *
 * A batch is written only once everything before it in its segment is on disk. So a head that is right proves that what comes before it was synced: if that is
 * damaged, it was not torn. A head without a body is a mark: it proves the same of the last batch, and the next batch takes its place.
 *
 * The place is the segment's number and the offset, so that nothing that is copied, left over or written elsewhere is ever taken for a batch.
 */
import { checksum, setU64, viewOf } from './bytes.ts'

export const batchHeadBytes = 16
const magic = 0x42617431
const magicBytes = new TextEncoder().encode('Bat1')

/** The batch in one piece, for one write. */
export function encodeBatch(segment: number, offset: number, body: readonly Uint8Array[]): Uint8Array {
  const length = body.reduce((sum, part) => sum + part.length, 0)
  const bytes = new Uint8Array(batchHeadBytes + length)
  let at = batchHeadBytes
  for (const part of body) {
    bytes.set(part, at)
    at += part.length
  }
  const view = viewOf(bytes)
  view.setUint32(0, magic)
  view.setUint32(4, length)
  view.setUint32(8, checksum(bytes.subarray(batchHeadBytes)))
  view.setUint32(12, placed(segment, offset, bytes.subarray(0, 12)))
  return bytes
}

function placed(segment: number, offset: number, head: Uint8Array): number {
  const place = new Uint8Array(16)
  const view = viewOf(place)
  setU64(view, 0, segment)
  setU64(view, 8, offset)
  return checksum(head, checksum(place))
}

export interface BatchHead {
  readonly length: number
  readonly bodyChecksum: number
}

/** Null: there is none, or it is damaged. */
export function batchHeadAt(segment: number, bytes: Uint8Array, offset: number): BatchHead | null {
  if (offset + batchHeadBytes > bytes.length) return null
  const view = viewOf(bytes)
  if (view.getUint32(offset) !== magic) return null
  if (view.getUint32(offset + 12) !== placed(segment, offset, bytes.subarray(offset, offset + 12))) return null
  return { length: view.getUint32(offset + 4), bodyChecksum: view.getUint32(offset + 8) }
}

/** The offset of a batch or mark from `offset` on; -1: there is none. */
export function findBatch(segment: number, bytes: Uint8Array, offset: number): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = buffer.indexOf(magicBytes, offset); at !== -1; at = buffer.indexOf(magicBytes, at + 1))
    if (batchHeadAt(segment, bytes, at) !== null) return at
  return -1
}
