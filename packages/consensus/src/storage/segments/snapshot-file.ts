/**
 * A snapshot, in a file of its own. It gets its name only once all of it is on disk, so that a damaged one is never a torn one.
 *
 *     "AgnerSnp" · u16 version · u16 0 · u64 index · u64 term · u64 length of the body · u32 checksum of the body · u32 checksum of all that ·
 *     body: one value, [configuration, state]
 */
import type { ValueCodec } from '@agner/distribution/values'
import type { Configuration, Snapshot } from '../../raft/interface.ts'
import { checksum, getU64, setU64, viewOf } from './bytes.ts'
import { formatVersion } from './head.ts'
import type { Damage } from './read-segment.ts'

const magic = new TextEncoder().encode('AgnerSnp')
const headBytes = 44

/** To be written one after the other. @throws for a state that cannot be kept. */
export function encodeSnapshot(snapshot: Snapshot, codec: ValueCodec): readonly Uint8Array[] {
  const body = codec.encode([snapshot.configuration, snapshot.state])
  const head = new Uint8Array(headBytes)
  const view = viewOf(head)
  head.set(magic)
  view.setUint16(8, formatVersion)
  setU64(view, 12, snapshot.index)
  setU64(view, 20, snapshot.term)
  setU64(view, 28, body.length)
  view.setUint32(36, checksum(body))
  view.setUint32(40, checksum(head.subarray(0, 40)))
  return [head, body]
}

/** A number is the version of the format, which is another one. */
export function decodeSnapshot(bytes: Uint8Array, codec: ValueCodec): Snapshot | Damage | number {
  const view = viewOf(bytes)
  const hasHead = bytes.length >= headBytes && magic.every((byte, i) => bytes[i] === byte)
  if (!hasHead || view.getUint32(40) !== checksum(bytes.subarray(0, 40))) {
    return { offset: 0, what: 'the head of the snapshot is damaged' }
  }
  const version = view.getUint16(8)
  if (version !== formatVersion) return version
  const body = bytes.subarray(headBytes)
  if (body.length !== getU64(view, 28) || view.getUint32(36) !== checksum(body)) {
    return { offset: headBytes, what: 'what the snapshot holds is damaged' }
  }
  const [configuration, state] = codec.decode(body) as [Configuration, unknown]
  return { index: getU64(view, 12), term: getU64(view, 20), configuration, state }
}
