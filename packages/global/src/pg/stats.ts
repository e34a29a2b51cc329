/** What one scope of process groups has done and holds, on one node. */

export interface PgStats {
  readonly groups: number
  /** Memberships of processes of this node. */
  readonly localMembers: number
  readonly monitors: number
  /** Messages that told other nodes of changes, each node counted. A turn's changes are one. */
  readonly updatesSent: number
  /** Those of other nodes that were applied. */
  readonly updatesApplied: number
  /** States and updates that were older than what was known. */
  readonly stale: number
  /** Times that something was missing, so that a node was asked for all anew. */
  readonly gaps: number
  /** Messages that were none of this scope's, or came from a node that has no part in it. They changed nothing. */
  readonly refused: number
  /** Nodes that were left out for having too many members. */
  readonly leftOut: number
  /** Broadcasts that went to other nodes, each node counted. */
  readonly broadcastsSent: number
  /** Broadcasts of other nodes that were handed to members here. */
  readonly broadcastsDelivered: number
}

export type Counts = { -readonly [Name in Exclude<keyof PgStats, 'groups' | 'localMembers' | 'monitors'>]: number }

export const noCounts = (): Counts => ({
  updatesSent: 0,
  updatesApplied: 0,
  stale: 0,
  gaps: 0,
  refused: 0,
  leftOut: 0,
  broadcastsSent: 0,
  broadcastsDelivered: 0,
})
