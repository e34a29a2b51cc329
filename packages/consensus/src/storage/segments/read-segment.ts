/**
 * A segment's bytes, batch by batch, to its end.
 *
 *     head │ batch │ batch │ batch │ mark, or none; then zeros        the end
 *                          │ rubbish, and no batch behind it          torn: the end, if it is the last segment
 *                  │ rubbish │ batch                                  damage: it was on disk once
 */
import { batchHeadAt, batchHeadBytes, findBatch } from './batch.ts'
import { checksum } from './bytes.ts'
import { headBytes } from './head.ts'

export interface SegmentEnd {
  readonly end: number
  /** Where the last batch begins; the end if there is none. */
  readonly lastBatch: number
  /** Behind the end, and its mark, there is something else than zeros. */
  readonly isTorn: boolean
}

/** What is wrong, and where. */
export interface Damage {
  readonly offset: number
  readonly what: string
}

/**
 * @param expectedEnd where the next segment says that this one ends; null of the last, which may be torn.
 * @param body is given each body, with its offset, in order.
 */
export function readSegment(
  number: number,
  bytes: Uint8Array,
  expectedEnd: number | null,
  body: (bytes: Uint8Array, offset: number) => Damage | null,
): SegmentEnd | Damage {
  const limit = expectedEnd ?? bytes.length
  if (limit > bytes.length) return { offset: bytes.length, what: `the file ends here, and went on to byte ${limit}` }
  let offset = headBytes
  let lastBatch = offset
  while (offset < limit) {
    const next = bodyAt(number, bytes, offset)
    if (next === null || next.length === 0) break
    const damage = body(next, offset + batchHeadBytes)
    if (damage !== null) return damage
    lastBatch = offset
    offset += batchHeadBytes + next.length
  }
  const isMarked = batchHeadAt(number, bytes, offset)?.length === 0
  const behind = isMarked ? offset + batchHeadBytes : offset
  if (offset < limit && findBatch(number, bytes, isMarked ? behind : offset + 1) !== -1) {
    return { offset, what: 'a batch is damaged that was on disk before others were written' }
  }
  if (expectedEnd === null || offset === limit) return { end: offset, lastBatch, isTorn: hasRubbish(bytes, behind) }
  return { offset, what: `what follows here, to byte ${limit}, is damaged` }
}

function hasRubbish(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < bytes.length; at++) if (bytes[at] !== 0) return true
  return false
}

/** Null: there is none, or it is damaged. */
function bodyAt(number: number, bytes: Uint8Array, offset: number): Uint8Array | null {
  const head = batchHeadAt(number, bytes, offset)
  if (head === null) return null
  const start = offset + batchHeadBytes
  if (start + head.length > bytes.length) return null
  const body = bytes.subarray(start, start + head.length)
  return checksum(body) === head.bodyChecksum ? body : null
}
