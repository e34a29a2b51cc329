/**
 * How much there may be of what others cause. What happens when a limit is met stands in docs/limits.md; `stats()` counts it.
 */
export interface GlobalLimits {
  /** Names of processes of one node. Beyond it: `global.too_many_names`. Default 100,000. */
  readonly names: number
  /** Registrations that wait for their decision on one node. Beyond it: `global.busy`. Default 10,000. */
  readonly waiting: number
  /** Locks that one node keeps for all. Beyond it: `global.too_many_locks`. Default 100,000. */
  readonly locks: number
  /** Claims that were taken back and are remembered, so that they do not return; beyond it the oldest is forgotten. Default 10,000. */
  readonly remembered: number
  /** Milliseconds that they are remembered. Default 3,600,000: an hour. */
  readonly rememberedMs: number
  /** Milliseconds that a member may take to install a claim before it counts as lost. Default 5,000. */
  readonly installTimeoutMs: number
  /** Milliseconds that a resolve function may take. Default 5,000. */
  readonly resolveTimeoutMs: number
}

export const defaultLimits: GlobalLimits = {
  names: 100_000,
  waiting: 10_000,
  locks: 100_000,
  remembered: 10_000,
  rememberedMs: 3_600_000,
  installTimeoutMs: 5000,
  resolveTimeoutMs: 5000,
}

/** What a node has counted of a scope; the sizes are those of now. */
export interface ScopeStats {
  readonly names: number
  /** Names that more than one process has, as this node sees it. */
  readonly conflicts: number
  readonly waiting: number
  readonly locks: number
  readonly remembered: number
  /** Conflicts that this node has decided. */
  readonly decided: number
  readonly refusedNames: number
  readonly refusedWaiting: number
  readonly refusedLocks: number
  /** Claims that were taken back and forgotten before their time. */
  readonly forgotten: number
  /** Messages that made no sense, or came from a node that is no candidate. */
  readonly rubbish: number
  /** Messages to other nodes, for names. */
  readonly sent: number
}
