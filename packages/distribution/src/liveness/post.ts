/**
 * A post, as a node sees it: what watches over its lanes from a thread that nothing holds, and ticks on them in its name.
 *
 *     node's thread ── heartbeat (shared memory) ──► post ── ticks with the lag ──► the peer's post
 *     node's thread ◄── board (shared memory) ────── post ◄── ticks with the lag ──
 */
import type { Address } from '../network/network.ts'
import type { Board } from './board.ts'
import type { LaneRole } from './lane-messages.ts'

/** What a lane is like. Plain data: it goes to another thread. */
export interface LaneTerms {
  readonly key: Uint8Array
  /** Which side of it this node is: who dials does not let itself be dialled, not by its own post either. */
  readonly role: LaneRole
  /** How often it ticks. */
  readonly tickMs: number
  /** A tick that tells of so much lag says that the peer's thread is held. */
  readonly heldMs: number
  /** After so much silence the connection is taken for dead, and dialled anew. */
  readonly silenceMs: number
}

/** What a node's thread asks of a post. Lanes go by numbers, which the node gives out. */
export interface Post {
  /** The node's thread gives a sign of life. */
  beat(): void
  /** `listening` or `listenFailed` tells how it went. */
  listen(address: Address): void
  /** From now on the peer may come with the lane's key. */
  open(lane: number, terms: LaneTerms, board: Board): void
  /** The peer's post listens there; dials until `close`. Again: it listens elsewhere now. */
  dial(lane: number, address: Address): void
  /** Other terms of time for a lane. */
  retime(lane: number, terms: LaneTerms): void
  close(lane: number): void
  /** Closes everything. */
  stop(): void
}

/** What a post tells the node's thread. */
export interface PostEvents {
  listening(address: Address): void
  listenFailed(reason: string): void
  /** The lane could not be made, for the first time since it was. */
  unreachable(lane: number, reason: string): void
  /** The post has died; what it listened at and kept open is made again, at another port, unless this is the end. */
  failed(reason: string, isFinal: boolean): void
}

/** Makes a post; `timeoutMs` is what a stranger, or an attempt, has. */
export type MakePost = (events: PostEvents, timeoutMs: number) => Post
