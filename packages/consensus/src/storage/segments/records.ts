/**
 * What a batch says: records, one for each thing that a write changes.
 *
 *     u32 length of what follows · u8 type · …
 *       1 ballot         u64 term · value: whom it voted for, or null
 *       2 truncate       u64 index: this entry and all after it go
 *       3 nothing        u64 index · u64 term
 *       4 command        u64 index · u64 term · value: [command, request or null]
 *       5 configuration  u64 index · u64 term · value: the members
 *
 * A value is one CBOR item, as the wire has it (PROTOCOL.md of `@agner/distribution`, section 6), with pids and refs in full.
 */
import type { ValueCodec } from '@agner/distribution/values'
import type { Ballot, ClientRequest, Configuration, Entry, MemberId, Write } from '../../raft/interface.ts'
import { getU64, setU64, viewOf } from './bytes.ts'

const type = { ballot: 1, truncate: 2, nothing: 3, command: 4, configuration: 5 } as const
const nothing = new Uint8Array(0)

export type Change =
  | { readonly type: 'ballot'; readonly ballot: Ballot }
  | { readonly type: 'truncate'; readonly from: number }
  | { readonly type: 'entry'; readonly entry: Entry }

/** The parts of the body for one write. @throws for a value that cannot be kept. */
export function encodeWrite(write: Omit<Write, 'id'>, codec: ValueCodec): Uint8Array[] {
  const { ballot, truncateFrom, entries = [] } = write
  const parts: Uint8Array[] = []
  if (ballot !== undefined) parts.push(...encodeBallot(ballot, codec))
  if (truncateFrom !== undefined) parts.push(record(type.truncate, [truncateFrom], nothing))
  for (const entry of entries) {
    const value = valueOf(entry, codec)
    parts.push(record(type[entry.type], [entry.index, entry.term], value), value)
  }
  return parts
}

export function encodeBallot({ term, votedFor }: Ballot, codec: ValueCodec): Uint8Array[] {
  const value = codec.encode(votedFor)
  return [record(type.ballot, [term], value), value]
}

function valueOf(entry: Entry, codec: ValueCodec): Uint8Array {
  switch (entry.type) {
    case 'command':
      return codec.encode([entry.command, entry.request])
    case 'configuration':
      return codec.encode(entry.configuration)
    case 'nothing':
      return nothing
  }
}

/** What comes before the value. */
function record(kind: number, numbers: readonly number[], value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(5 + 8 * numbers.length)
  const view = viewOf(bytes)
  view.setUint32(0, bytes.length - 4 + value.length)
  view.setUint8(4, kind)
  numbers.forEach((number, i) => setU64(view, 5 + 8 * i, number))
  return bytes
}

/** @throws for what is not well-formed, which after a right checksum is a fault of whoever wrote it. */
export function* decodeRecords(body: Uint8Array, codec: ValueCodec): Generator<Change> {
  const view = viewOf(body)
  for (let at = 0; at < body.length;) {
    const end = at + 4 + view.getUint32(at)
    if (end > body.length) throw new RangeError('a record is longer than its batch')
    yield decodeRecord(view, body, at + 4, end, codec)
    at = end
  }
}

function decodeRecord(view: DataView, body: Uint8Array, at: number, end: number, codec: ValueCodec): Change {
  const kind = view.getUint8(at)
  const first = getU64(view, at + 1)
  if (kind === type.truncate) return { type: 'truncate', from: first }
  if (kind === type.ballot) {
    const votedFor = codec.decode(body.subarray(at + 9, end)) as MemberId | null
    return { type: 'ballot', ballot: { term: first, votedFor } }
  }
  const place = { index: first, term: getU64(view, at + 9) }
  const value = body.subarray(at + 17, end)
  switch (kind) {
    case type.nothing:
      return { type: 'entry', entry: { ...place, type: 'nothing' } }
    case type.command: {
      const [command, request] = codec.decode(value) as [unknown, ClientRequest | null]
      return { type: 'entry', entry: { ...place, type: 'command', command, request } }
    }
    case type.configuration: {
      const configuration = codec.decode(value) as Configuration
      return { type: 'entry', entry: { ...place, type: 'configuration', configuration } }
    }
    default:
      throw new RangeError(`a record of type ${kind} is not known`)
  }
}
