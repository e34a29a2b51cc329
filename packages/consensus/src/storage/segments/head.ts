/**
 * The beginning of a segment. A segment gets its name only once this is on disk, so that a damaged one is never a torn one.
 *
 *     "AgnerLog" · u16 version · u16 0 · u64 number · u64 where the segment before it ends, 0 if there is none · u32 checksum of all that
 */
import { checksum, getU64, setU64, viewOf } from './bytes.ts'

const magic = new TextEncoder().encode('AgnerLog')
export const formatVersion = 1
export const headBytes = 32

export interface Head {
  readonly number: number
  readonly previousEnd: number
}

export function encodeHead({ number, previousEnd }: Head): Uint8Array {
  const bytes = new Uint8Array(headBytes)
  const view = viewOf(bytes)
  bytes.set(magic)
  view.setUint16(8, formatVersion)
  setU64(view, 12, number)
  setU64(view, 20, previousEnd)
  view.setUint32(28, checksum(bytes.subarray(0, 28)))
  return bytes
}

/** A number is the version of the format, which is another one. Null: it is damaged. */
export function decodeHead(bytes: Uint8Array): Head | number | null {
  if (bytes.length < headBytes || magic.some((byte, i) => bytes[i] !== byte)) return null
  const view = viewOf(bytes)
  if (view.getUint32(28) !== checksum(bytes.subarray(0, 28))) return null
  const version = view.getUint16(8)
  return version === formatVersion ? { number: getU64(view, 12), previousEnd: getU64(view, 20) } : version
}
