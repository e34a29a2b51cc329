/**
 * What a folder holds after whatever has happened to it.
 *
 *     newest snapshot ──► segments in order, each to its end ──► ballot, and the entries after the snapshot
 *
 * Only the last segment may be torn, at its end. Everything else that is not as it was written is damage, and nothing is changed then: a member that has
 * forgotten something it promised would break the promise of its group. A snapshot that was begun, and what a finished one stands for, is cleared away.
 */
import type { AgnerError } from '@agner/core'
import { messageOf } from '@agner/core/kernel'
import type { ValueCodec } from '@agner/distribution/values'
import { consensusError } from '../../errors.ts'
import type { Snapshot } from '../../raft/interface.ts'
import type { Owner, Stored } from '../storage.ts'
import type { Folder } from './folder.ts'
import { decodeHead, formatVersion, type Head } from './head.ts'
import { isUnfinished, ownerName, segmentName, segmentNumbers, snapshotIndices, snapshotName } from './names.ts'
import { decodeOwner } from './owner-file.ts'
import { readSegment, type Damage, type SegmentEnd } from './read-segment.ts'
import { decodeRecords } from './records.ts'
import { Replay } from './replay.ts'
import type { Segment, Tail } from './segments.ts'
import { decodeSnapshot } from './snapshot-file.ts'

export interface Loaded {
  readonly stored: Stored | null
  readonly segments: readonly Segment[]
  readonly tail: Tail
}

interface Source {
  readonly folder: Folder
  /** For errors. */
  readonly path: string
  readonly codec: ValueCodec
}

/** @throws `consensus.damaged_log`, `consensus.log_version` */
export async function loadLog(source: Source): Promise<Loaded> {
  const { folder } = source
  const names = await folder.list()
  const indices = snapshotIndices(names)
  const newest = indices.at(-1)
  const snapshot = newest === undefined ? null : await loadSnapshot(source, newest)
  const replay = new Replay(snapshot)
  const loaded = await loadSegments(source, segmentNumbers(names), replay)
  if (snapshot !== null && loaded.segments.length === 0) {
    throw damaged(source, segmentName(1), { offset: 0, what: 'there is a snapshot, and no segment of the log' })
  }
  // The name of the newest may not be on disk yet.
  await folder.sync()
  for (const name of names.filter(isUnfinished)) await folder.remove(name)
  for (const index of indices.slice(0, -1)) await folder.remove(snapshotName(index))
  return { ...loaded, stored: replay.stored }
}

/** Before anything is changed. @returns whether the folder says whose it is. @throws `consensus.other_log`, `consensus.damaged_log`, `consensus.log_version` */
export async function checkOwner(source: Source, wanted: Owner): Promise<boolean> {
  const { folder, path, codec } = source
  if (!(await folder.list()).includes(ownerName)) return false
  const found = decodeOwner(await folder.read(ownerName), codec)
  if (typeof found === 'number') throw otherVersion(source, ownerName, found)
  if ('what' in found) throw damaged(source, ownerName, found)
  const { group, member } = found
  if (group === wanted.group && member === wanted.member) return true
  throw consensusError('consensus.other_log', {
    folder: path,
    group,
    member,
    wantedGroup: wanted.group,
    wantedMember: wanted.member,
  })
}

async function loadSnapshot(source: Source, index: number): Promise<Snapshot> {
  const name = snapshotName(index)
  const read = decodeSnapshot(await source.folder.read(name), source.codec)
  if (typeof read === 'number') throw otherVersion(source, name, read)
  if ('what' in read) throw damaged(source, name, read)
  if (read.index !== index) throw damaged(source, name, { offset: 0, what: `this is the snapshot up to ${read.index}` })
  return read
}

async function loadSegments(
  source: Source,
  numbers: readonly number[],
  replay: Replay,
): Promise<Pick<Loaded, 'segments' | 'tail'>> {
  const segments: Segment[] = []
  let tail: Tail = { isTorn: false, fileBytes: 0, lastBatch: new Uint8Array(0) }
  let next = numbers.length === 0 ? null : await open(source, numbers[0]!)
  for (const [i, number] of numbers.entries()) {
    const { bytes } = next!
    next = i + 1 < numbers.length ? await open(source, numbers[i + 1]!) : null
    if (next !== null && numbers[i + 1] !== number + 1) {
      throw damaged(source, segmentName(number + 1), { offset: 0, what: 'this segment is missing' })
    }
    const { end, highest } = readInto(source, number, bytes, next?.head ?? null, replay)
    segments.push({ number, end: end.end, highest })
    tail = { isTorn: end.isTorn, fileBytes: bytes.length, lastBatch: bytes.subarray(end.lastBatch, end.end) }
  }
  return { segments, tail }
}

async function open(source: Source, number: number): Promise<{ readonly bytes: Uint8Array; readonly head: Head }> {
  const name = segmentName(number)
  const bytes = await source.folder.read(name)
  const head = decodeHead(bytes)
  if (typeof head === 'number') throw otherVersion(source, name, head)
  if (head === null || head.number !== number) {
    throw damaged(source, name, { offset: 0, what: 'the head of the segment is damaged' })
  }
  return { bytes, head }
}

function readInto(
  source: Source,
  number: number,
  bytes: Uint8Array,
  nextHead: Head | null,
  replay: Replay,
): { readonly end: SegmentEnd; readonly highest: number } {
  let highest = 0
  const end = readSegment(number, bytes, nextHead?.previousEnd ?? null, (body, offset) => {
    try {
      for (const change of decodeRecords(body, source.codec)) {
        const what = replay.add(change)
        if (what !== null) return { offset, what }
        if (change.type === 'entry') highest = Math.max(highest, change.entry.index)
      }
      return null
    } catch (error) {
      return { offset, what: messageOf(error) }
    }
  })
  if ('what' in end) throw damaged(source, segmentName(number), end)
  return { end, highest }
}

function damaged({ path }: Source, name: string, { offset, what }: Damage): AgnerError {
  return consensusError('consensus.damaged_log', { file: `${path}/${name}`, offset, what })
}

function otherVersion({ path }: Source, name: string, found: number): AgnerError {
  return consensusError('consensus.log_version', { file: `${path}/${name}`, found, known: formatVersion })
}
