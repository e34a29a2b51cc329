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
  /** Stamps of peers whose clock is further ahead than `clock.maxDriftMs` allows. */
  readonly clocksAhead: number
  /** How often a peer became suspect: silent, and its thread held. */
  readonly suspicions: number
  /** Parts of large messages that were sent; other frames went in between. */
  readonly fragmentsOut: number
  /** How often a process had to wait, since too much of what is sent to a node waited already. */
  readonly heldSenders: number
  /** Sends, requests and spawns that were refused, since as much as may waited already. */
  readonly refusedSends: number
  /** Connections now in the handshake. */
  readonly pendingHandshakes: number
  /** Bytes that wait now for the network to take them, of all connections; about so many of those that are being made. */
  readonly waitingBytes: number
  /** Names that are given to others now. */
  readonly givenNames: number
  /** Connections now up. */
  readonly connections: number
  /** Peers now suspect. */
  readonly suspects: number
  /** How late this node's own thread came to its timers, at worst in the last 15 to 30 seconds. */
  readonly lagMs: number
}

export type Counter = Exclude<
  keyof DistributionStats,
  'pendingHandshakes' | 'waitingBytes' | 'givenNames' | 'connections' | 'suspects' | 'lagMs'
>

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
    fragmentsOut: 0,
    heldSenders: 0,
    refusedSends: 0,
    suspicions: 0,
    clocksAhead: 0,
  }
}
