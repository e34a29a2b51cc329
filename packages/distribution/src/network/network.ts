/**
 * The network as a node sees it: streams of bytes, to be listened for and connected to.
 *
 * Everything above it is the same for TCP, for memory, and for a simulated network; an implementation only moves bytes.
 * What it owes: bytes of one stream arrive in order, unchanged, cut anywhere; `closed` comes exactly once, last,
 * whatever the reason; no handler runs before the call that attached it has returned, and none after `destroy()` has.
 */

import type { MakePost } from '../liveness/post.ts'

/** Where a listener is. What host and port mean is the network's own affair; TCP takes them literally. */
export interface Address {
  readonly host: string
  readonly port: number
}

export interface StreamHandlers {
  /** The connection stands; comes first, and only for streams that `connect` made. */
  opened?(): void
  /** Bytes came. They belong to the stream again as soon as this returns: keep a copy, never the array. */
  data(bytes: Uint8Array): void
  /** What was written is below the stream's mark again, after `write` had said false. */
  drained?(): void
  /**
   * The stream is over; nothing comes after it. `error` says why if it was not closed in peace; its `code` is as Node
   * has it (`ECONNREFUSED`, …).
   */
  closed(error: Error | null): void
}

/** What a stream that is secured has proven of its other end; known from `opened`, or from being accepted, on. */
export interface StreamSecurity {
  /** Why the other end is not to be talked to at all, in words: "its certificate has expired". Null: it may be. */
  readonly fault: string | null
  /** Known to the two ends of this very session only: each proof of the cookie covers it, so that none can be passed on. */
  readonly binding: Uint8Array
  /** Why the other end cannot be the node `name`, in words; null: it can. */
  refusal(name: string): string | null
}

export interface Stream {
  /** Who is at the other end, for logs. */
  readonly remote: string
  /** Null or absent: the transport proves nothing. */
  readonly security?: StreamSecurity | null
  /** Bytes that were written and not yet taken by the network. */
  readonly bufferedBytes: number
  /**
   * Sends the parts one after the other, as one write where that is possible. They must not be changed any more. False:
   * wait for `drained`, or be bounded otherwise.
   */
  write(parts: readonly Uint8Array[]): boolean
  /**
   * Reads no more until `resume`, so that the other side is held in the end; a chunk or two that are here already may
   * still come. Its end in peace is seen after `resume`. Absent: it cannot be held.
   */
  pause?(): void
  /** Reads on. Not from within `data`. */
  resume?(): void
  /** Ends in peace: what was written still goes out, within a bound of the network's own. `closed` follows. */
  close(): void
  /** Ends at once. No handler runs after it, not even `closed`. */
  destroy(): void
}

export interface Listener {
  /** With the port that was really taken. */
  readonly address: Address
  /** Stops listening; streams that were accepted live on. */
  close(): Promise<void>
}

export interface Network {
  /**
   * How posts of nodes that use this network speak to each other, which tell a held thread from a dead one: `thread`, by TCP
   * on a thread of their own; a function, by what it makes. Absent: there are none.
   */
  readonly liveness?: 'thread' | MakePost
  /** Rejects with an error whose `code` is `EADDRINUSE` when somebody else listens there. Port 0 takes a free one. */
  listen(address: Address, accept: (stream: Stream) => StreamHandlers): Promise<Listener>
  /** Returns at once; `opened` or `closed` tells how it went. */
  connect(address: Address, handlers: StreamHandlers): Stream
}
