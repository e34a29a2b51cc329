/**
 * How much there may be of what others cause. What happens when a limit is met stands in docs/limits.md; `stats()` counts it. Counts may be Infinity.
 */
import { globalError } from './errors.ts'

export interface GlobalLimits {
  /** Names of processes of one node. Beyond it: `global.too_many_names`. Default 100,000. */
  readonly names: number
  /** Registrations that wait for their decision on one node. Beyond it: `global.busy`. Default 10,000. */
  readonly waiting: number
  /** Locks that one node keeps for all. Beyond it: `global.too_many_locks`. Default 100,000. */
  readonly locks: number
  /** Claims that were taken back and are remembered, so that they do not return; beyond it the oldest is forgotten. Default 10,000. */
  readonly remembered: number
  /** Milliseconds that they are remembered. Default 3,600,000: an hour. Infinity: until there are too many. */
  readonly rememberedMs: number
  /** Milliseconds that a member may take to install a claim before it counts as lost. Default 5,000, at most 2^31 - 1. */
  readonly installTimeoutMs: number
  /** Milliseconds that a resolve function may take. Default 5,000. Infinity: as long as it wants to. */
  readonly resolveTimeoutMs: number
}

const defaultLimits: GlobalLimits = {
  names: 100_000,
  waiting: 10_000,
  locks: 100_000,
  remembered: 10_000,
  rememberedMs: 3_600_000,
  installTimeoutMs: 5000,
  resolveTimeoutMs: 5000,
}

/** Longer than any member should be waited for. */
const longestInstallMs = 2 ** 31 - 1

/** @throws `global.bad_option` */
export function completeLimits(given: Partial<GlobalLimits> = {}): GlobalLimits {
  const limits = { ...defaultLimits, ...given }
  const { installTimeoutMs, resolveTimeoutMs } = limits
  for (const [name, value] of Object.entries(limits))
    if (!(typeof value === 'number' && value >= 0)) refuse(name, 'a number from 0 up, or Infinity')
  if (!(installTimeoutMs > 0 && installTimeoutMs <= longestInstallMs))
    refuse('installTimeoutMs', `a number above 0, at most ${String(longestInstallMs)}`)
  if (resolveTimeoutMs === 0) refuse('resolveTimeoutMs', 'a number above 0, or Infinity')
  return limits
}

function refuse(name: string, wanted: string): never {
  throw globalError('global.bad_option', { option: `limits.${name}`, wanted })
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
