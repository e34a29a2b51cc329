/**
 * The limits of a distribution, each with its default. Reaching one costs what the comment says, and is logged and
 * counted.
 */
export interface Limits {
  /**
   * The largest frame, in bytes, that is sent or taken. A larger message is not sent; a peer that sends one loses its
   * connection. Default 16 MiB.
   */
  readonly frameBytes: number
  /** Bytes that may wait for a slow peer. Beyond it its connection is closed (`output_overflow`). Default 64 MiB. */
  readonly outputBytes: number
  /**
   * Signals that may wait while a connection is being made. Beyond it the attempt fails (`noconnection`). Default
   * 100,000.
   */
  readonly queuedSignals: number
  /** Connections that may be in the handshake. Others are refused (`busy`). Default 64. */
  readonly pendingHandshakes: number
  /** Peers. Others are refused (`busy`). Default 1,024. */
  readonly connections: number
  /** Pairs of a process and a node that it monitors by name. Beyond it `monitorNode` throws. Default 100,000. */
  readonly nodeMonitors: number
  /** Nodes that are remembered after their connection is gone. The oldest are forgotten then. Default 10,000. */
  readonly knownNodes: number
}

const MiB = 1024 * 1024

export const defaultLimits: Limits = {
  frameBytes: 16 * MiB,
  outputBytes: 64 * MiB,
  queuedSignals: 100_000,
  pendingHandshakes: 64,
  connections: 1024,
  nodeMonitors: 100_000,
  knownNodes: 10_000,
}
