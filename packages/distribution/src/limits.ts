/**
 * The limits of a distribution, each with its default. Reaching one costs what the comment says, and is logged and
 * counted.
 */
export interface Limits {
  /**
   * The largest frame, in bytes, that is sent or taken. A larger message goes in fragments, or is not sent if the other node takes none;
   * a peer that sends a larger frame loses its connection. Default 16 MiB.
   */
  readonly frameBytes: number
  /**
   * The largest message, in bytes, that is sent or taken. A larger one is not sent (`distribution.message_too_large`); a peer that
   * begins one loses its connection. Default 128 MiB.
   */
  readonly messageBytes: number
  /**
   * What a message may hold besides byte strings, in bytes as encoded: that is encoded and decoded in one go. A larger one is not sent
   * (`distribution.object_too_large`);
   * a peer that knows fragments and sends more loses its connection: each of these bytes may take some sixty in memory. Default 8 MiB.
   */
  readonly objectBytes: number
  /** Messages in fragments that a peer may have under way to this node. One that begins more loses its connection. Default 16. */
  readonly openMessages: number
  /**
   * Bytes that may wait for a peer before those who send to it have to wait, until it is half of that; also while it is being
   * connected, when bytes are estimated. Default 1 MiB (`erl +zdbbl`).
   */
  readonly busyBytes: number
  /**
   * Bytes that may wait for a peer at all, in the way of one sender. Beyond it what he sends is refused (`send.peer_full`). Exits, downs
   * and replies never are: at twice as much, and a message, the connection is closed (`output_overflow`), or is not made
   * (`noconnection`). Default 64 MiB.
   */
  readonly outputBytes: number
  /** Bytes of messages in fragments, of all senders, that may wait for a peer. Beyond it another is refused (`send.peer_full`). Default 512 MiB. */
  readonly largeBytes: number
  /**
   * Signals that may wait while a connection is being made. At half of it those who send have to wait, beyond it what they send is
   * refused (`send.peer_full`), at twice as much the attempt fails (`noconnection`). Default 100,000.
   */
  readonly queuedSignals: number
  /**
   * Connections that may be in the handshake. Beyond it the oldest from the address that has most of them is refused (`busy`), so that a
   * flood from one address keeps nobody else out; or the new one, if its own address has most. Default 64.
   */
  readonly pendingHandshakes: number
  /** Peers, with those that this node connects to now. Others are not connected to, nor let in (`busy`). Default 1,024. */
  readonly connections: number
  /** Pairs of a process and a node that it monitors by name. Beyond it `monitorNode` throws. Default 100,000. */
  readonly nodeMonitors: number
  /** Names that this node may have given to others at a time. Beyond it none is given (`busy`). Default 1,024. */
  readonly givenNames: number
  /** Nodes that are remembered after their connection is gone. The oldest are forgotten then. Default 10,000. */
  readonly knownNodes: number
}

const MiB = 1024 * 1024

export const defaultLimits: Limits = {
  frameBytes: 16 * MiB,
  messageBytes: 128 * MiB,
  objectBytes: 8 * MiB,
  openMessages: 16,
  busyBytes: MiB,
  outputBytes: 64 * MiB,
  largeBytes: 512 * MiB,
  queuedSignals: 100_000,
  pendingHandshakes: 64,
  connections: 1024,
  nodeMonitors: 100_000,
  knownNodes: 10_000,
  givenNames: 1024,
}
