/**
 * Snapshots on their way between members: the state is encoded once and cut into pieces, so that it may be larger than what a connection takes at once, and other
 * messages pass between the pieces.
 *
 *     leader ── piece 0 ──► member
 *     leader ◄── wants 1 ── member        … and so on; the last piece makes it whole
 *
 * A piece is sent when the one before has come. What is lost is sent anew when the algorithm sends the snapshot anew: from where it stopped, not from the
 * beginning. What is encoded is kept as long as it is under way to somebody who is there. Nothing here waits.
 */
import { ValueCodec } from '@agner/distribution/values'
import type { Configuration, MemberId, Message, Snapshot } from '../raft/interface.ts'

type SnapshotMessage = Message & { readonly type: 'snapshot' }
type Head = Omit<Snapshot, 'state'>

export interface Piece {
  readonly type: 'piece'
  readonly term: number
  readonly round: number
  readonly head: Head
  /** From 0. */
  readonly number: number
  readonly count: number
  readonly bytes: Uint8Array
}

/** The piece that is wanted next; the count of them when it is whole. */
export interface Wanted {
  readonly type: 'wanted'
  /** Of the snapshot. */
  readonly index: number
  readonly number: number
}

export type Parcel = Piece | Wanted

interface Outgoing {
  readonly to: MemberId
  message: SnapshotMessage
  readonly bytes: Uint8Array
  next: number
}

interface Incoming {
  readonly from: MemberId
  readonly head: Head
  readonly count: number
  readonly pieces: Uint8Array[]
}

/** Small enough for a connection that is in use, large enough that few round trips are needed. */
const pieceBytes = 256 * 1024
/** A gigabyte: no state is larger. */
const mostPieces = 4096

export class Parcels {
  readonly #send: (to: MemberId, parcel: Parcel) => void
  readonly #codec = new ValueCodec()
  readonly #outgoing = new Map<MemberId, Outgoing>()
  /** There is one leader, so one at a time. */
  #incoming: Incoming | null = null

  constructor(send: (to: MemberId, parcel: Parcel) => void) {
    this.#send = send
  }

  /** Sends a snapshot, or goes on with it. */
  post(to: MemberId, message: SnapshotMessage): void {
    const known = this.#outgoing.get(to)
    if (known !== undefined && isSame(known.message.snapshot, message.snapshot)) {
      known.message = message
      this.#piece(known)
      return
    }
    const outgoing: Outgoing = { to, message, bytes: this.#encoded(message.snapshot), next: 0 }
    this.#outgoing.set(to, outgoing)
    this.#piece(outgoing)
  }

  /** This member leads no more. */
  dropAll(): void {
    this.#outgoing.clear()
  }

  /** A member is gone: what was encoded for it goes too. When it comes back the snapshot is posted anew, and goes on with the piece that it wants then. */
  drop(to: MemberId): void {
    this.#outgoing.delete(to)
  }

  /** Others than these get nothing. */
  keep(configuration: Configuration): void {
    for (const to of this.#outgoing.keys()) if (!configuration.some(({ id }) => id === to)) this.#outgoing.delete(to)
  }

  /** The next piece is wanted. @returns whether the member has got further. */
  wanted(from: MemberId, { index, number }: Wanted): boolean {
    const outgoing = this.#outgoing.get(from)
    if (outgoing === undefined || outgoing.message.snapshot.index !== index) return false
    // Asked twice: it is under way. From the beginning asks only who has forgotten what it had.
    if (number <= outgoing.next && number > 0) return false
    outgoing.next = number
    if (number * pieceBytes < outgoing.bytes.length) this.#piece(outgoing)
    else this.#outgoing.delete(from)
    return number > 0
  }

  /** A piece came. @returns the snapshot, once it is whole. */
  take(from: MemberId, piece: Piece): SnapshotMessage | null {
    const { head, number, count, bytes, term, round } = piece
    const incoming = this.#incomingOf(from, piece)
    if (number === incoming.pieces.length) incoming.pieces.push(bytes)
    this.#send(from, { type: 'wanted', index: head.index, number: incoming.pieces.length })
    if (incoming.pieces.length < count) return null
    this.#incoming = null
    const { index, term: headTerm, configuration } = head
    try {
      const state = this.#codec.decode(joined(incoming.pieces))
      return { type: 'snapshot', term, round, snapshot: { index, term: headTerm, configuration, state } }
    } catch {
      // Of another version, or broken: nothing comes of it.
      return null
    }
  }

  #incomingOf(from: MemberId, { head, count }: Piece): Incoming {
    const known = this.#incoming
    if (known !== null && known.from === from && known.count === count && isSame(known.head, head)) return known
    this.#incoming = { from, head, count, pieces: [] }
    return this.#incoming
  }

  #encoded(snapshot: Snapshot): Uint8Array {
    for (const { message, bytes } of this.#outgoing.values()) if (message.snapshot === snapshot) return bytes
    return this.#codec.encode(snapshot.state)
  }

  #piece({ to, message, bytes, next }: Outgoing): void {
    const { term, round, snapshot } = message
    const head = { index: snapshot.index, term: snapshot.term, configuration: snapshot.configuration }
    const count = Math.ceil(bytes.length / pieceBytes)
    const piece = bytes.subarray(next * pieceBytes, (next + 1) * pieceBytes)
    this.#send(to, { type: 'piece', term, round, head, number: next, count, bytes: piece })
  }
}

/** The parcel, if it is one; else null. What its head says is looked at once the snapshot is whole. */
export function checkParcel(value: unknown): Parcel | null {
  if (typeof value !== 'object' || value === null || !('type' in value)) return null
  const parcel = value as Partial<Piece & Omit<Wanted, 'type'>>
  if (!isCount(parcel.number)) return null
  if (value.type === 'wanted') return isCount(parcel.index) ? (value as Wanted) : null
  if (value.type !== 'piece' || !(parcel.bytes instanceof Uint8Array) || parcel.bytes.length > pieceBytes) return null
  const { head, count } = parcel
  const isHead = typeof head === 'object' && head !== null && isCount(head.index) && isCount(head.term)
  const isWhole = isCount(count) && count <= mostPieces && parcel.number < count
  return isHead && isWhole && isCount(parcel.term) && isCount(parcel.round) ? (value as Piece) : null
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isSame(one: Head, other: Head): boolean {
  return one.index === other.index && one.term === other.term
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces
  if (pieces.length === 1 && first !== undefined) return first
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
