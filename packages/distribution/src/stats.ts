/** What a distribution has counted since it started. */
export interface DistributionStats {
  readonly framesIn: number
  readonly framesOut: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** Writes to the network: a turn's frames go out in one. */
  readonly writes: number
  readonly nodeups: number
  readonly nodedowns: number
  /** Connections that could not be made. */
  readonly connectFailures: number
  /** Handshakes that this side refused, whatever the reason. */
  readonly refusals: number
  /** Peers that were cut off because of what they sent. */
  readonly faults: number
  /** Messages that were not sent: over the limit of a frame, or not encodable. */
  readonly unsent: number
  /** How often a peer became suspect: silent, and its thread held. */
  readonly suspicions: number
  /** Connections now in the handshake. */
  readonly pendingHandshakes: number
  /** Connections now up. */
  readonly connections: number
  /** Peers now suspect. */
  readonly suspects: number
  /** How late this node's own thread came to its timers, at worst in the last 15 to 30 seconds. */
  readonly lagMs: number
}

export type Counter = Exclude<keyof DistributionStats, 'pendingHandshakes' | 'connections' | 'suspects' | 'lagMs'>

export type Counters = { -readonly [K in Counter]: number }

export function newCounters(): Counters {
  return {
    framesIn: 0,
    framesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    writes: 0,
    nodeups: 0,
    nodedowns: 0,
    connectFailures: 0,
    refusals: 0,
    faults: 0,
    unsent: 0,
    suspicions: 0,
  }
}
