/** What a node knows of the liveness of its peers, and tells of its own. */
import type { LaneState } from './vitals.ts'

export interface PeerStatus {
  readonly node: string
  /**
   * `suspect`: nothing has come over its connection for as long as a peer may be silent, but its program lives and says that
   * its thread is held.
   */
  readonly health: 'alive' | 'suspect'
  /** For how long its thread had given no sign of life, as it said last. Null: it has not said so. */
  readonly lagMs: number | null
  /** Tick intervals of this node since anything came over its connection. */
  readonly silentIntervals: number
  /** Whether the liveness threads of the two nodes talk. `none`: one of the two has none. */
  readonly lane: LaneState
}

export interface DistributionStatus {
  /** How late this node's own thread came to its timers, at worst in the last 15 to 30 seconds. */
  readonly lagMs: number
  readonly peers: readonly PeerStatus[]
}
