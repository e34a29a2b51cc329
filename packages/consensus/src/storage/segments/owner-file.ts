/**
 * Whose log a folder has, in a file of its own: with folders exchanged or given twice a member would go on from what another one, or another group, has promised.
 *
 *     "AgnerOwn" · u16 version · u16 0 · u32 checksum of the body · u32 checksum of all that · body: one value, [group, member]
 *
 * A folder without it is taken over: it is new, or of a version that did not write this.
 */
import type { ValueCodec } from '@agner/distribution/values'
import type { Owner } from '../storage.ts'
import { checksum, viewOf } from './bytes.ts'
import type { Folder } from './folder.ts'
import { formatVersion } from './head.ts'
import { ownerName, unfinished } from './names.ts'
import type { Damage } from './read-segment.ts'

const magic = new TextEncoder().encode('AgnerOwn')
const headBytes = 20

export function encodeOwner({ group, member }: Owner, codec: ValueCodec): Uint8Array {
  const body = codec.encode([group, member])
  const bytes = new Uint8Array(headBytes + body.length)
  const view = viewOf(bytes)
  bytes.set(magic)
  bytes.set(body, headBytes)
  view.setUint16(8, formatVersion)
  view.setUint32(12, checksum(body))
  view.setUint32(16, checksum(bytes.subarray(0, 16)))
  return bytes
}

/** A number is the version of the format, which is another one. */
export function decodeOwner(bytes: Uint8Array, codec: ValueCodec): Owner | Damage | number {
  const view = viewOf(bytes)
  const hasHead = bytes.length >= headBytes && magic.every((byte, i) => bytes[i] === byte)
  if (!hasHead || view.getUint32(16) !== checksum(bytes.subarray(0, 16))) {
    return { offset: 0, what: 'the head of the file is damaged' }
  }
  const version = view.getUint16(8)
  if (version !== formatVersion) return version
  const body = bytes.subarray(headBytes)
  if (view.getUint32(12) !== checksum(body)) return { offset: headBytes, what: 'what the file holds is damaged' }
  const [group, member] = codec.decode(body) as [string, string]
  return { group, member }
}

/** It has its name only once all of it is on disk. */
export async function writeOwner(folder: Folder, owner: Owner, codec: ValueCodec): Promise<void> {
  const file = await folder.create(unfinished(ownerName))
  try {
    await file.write(encodeOwner(owner, codec), 0)
    await file.sync()
  } finally {
    await file.close()
  }
  await folder.rename(unfinished(ownerName), ownerName)
  await folder.sync()
}
