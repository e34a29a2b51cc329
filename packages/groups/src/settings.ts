/** The times and limits of a node's groups. */
import type { RaftSettings } from '@agner/consensus'
import { groupsError } from './errors.ts'

export interface GroupsLimits {
  /** Groups that one node may be in. Beyond it: `groups.too_many`. Default 256. */
  readonly groupsPerNode: number
  /** Members of one group; the same on all nodes. Beyond it: `groups.too_many`. Default 256. */
  readonly nodesPerGroup: number
  /** Names of a group in mode `agree`; the same on all nodes. Beyond it: `groups.too_many`. Default 65,536. */
  readonly namesPerGroup: number
  /** Groups that this node left or saw deleted, remembered so that they do not come back; the oldest is forgotten. Default 1,024. */
  readonly rememberedGroups: number
  /** Groups of others that this node knows of; the oldest is forgotten. Default 1,024. */
  readonly knownGroups: number
  /** Subscriptions to the nodes of groups. Beyond it: `groups.too_many`. Default 65,536. */
  readonly monitors: number
}

export interface GroupsTimes {
  /** How often members that are not connected are dialled; a random part of half as much is added. Default 500. */
  readonly redialMs: number
  /** How long a connection that no group needs stays. Default 1,000. */
  readonly graceMs: number
  /** How long what needs a majority may take. Default 10,000. */
  readonly timeoutMs: number
  /** How long one node may take to answer while a group is founded or grows. Default 5,000. */
  readonly askMs: number
  /** How long a configured group waits for all of its nodes before a majority founds its log. Default 3,000. */
  readonly foundAfterMs: number
  /** How long a founding is kept that no majority has taken part in. Default 15,000. */
  readonly pendingMs: number
  /**
   * How long this node goes on with the log of a group that it has left, so that the others learn; six times as long while it has a vote there that could
   * not be handed over. Default 5,000.
   */
  readonly lingerMs: number
  /** How long a log has no leader before this node looks whether it ever can. Default 6,000. */
  readonly leaderlessMs: number
}

export interface Settings {
  readonly times: GroupsTimes
  readonly limits: GroupsLimits
  readonly raft: Partial<RaftSettings>
}

const defaultTimes: GroupsTimes = {
  redialMs: 500,
  graceMs: 1000,
  timeoutMs: 10_000,
  askMs: 5000,
  foundAfterMs: 3000,
  pendingMs: 15_000,
  lingerMs: 5000,
  leaderlessMs: 6000,
}

export const defaultLimits: GroupsLimits = {
  groupsPerNode: 256,
  nodesPerGroup: 256,
  namesPerGroup: 65_536,
  rememberedGroups: 1024,
  knownGroups: 1024,
  monitors: 65_536,
}

/** A group is quiet for most of its life: its members beat slowly, and a connection that is lost is told at once. */
const defaultRaft: Pick<RaftSettings, 'electionTimeoutMs' | 'heartbeatMs'> = {
  electionTimeoutMs: 2000,
  heartbeatMs: 500,
}

/** @throws `groups.bad_option` */
export function toSettings(given: {
  readonly free?: 'normal' | 'hidden'
  readonly groups?: unknown
  readonly redialMs?: number
  readonly times?: Partial<GroupsTimes>
  readonly limits?: Partial<GroupsLimits>
  readonly raft?: Partial<RaftSettings>
}): Settings {
  const { free = 'hidden', groups = {}, redialMs, times = {}, limits = {}, raft = {} } = given
  if (free !== 'hidden' && free !== 'normal') refuse('free', "'normal' or 'hidden'")
  if (typeof groups !== 'object' || groups === null || Array.isArray(groups)) refuse('groups', 'an object')
  const all = {
    times: { ...defaultTimes, ...times, ...(redialMs === undefined ? {} : { redialMs }) },
    limits: { ...defaultLimits, ...limits },
    raft: { ...defaultRaft, ...raft },
  }
  refuseUnknown('times', times, defaultTimes)
  refuseUnknown('limits', limits, defaultLimits)
  for (const [name, value] of Object.entries(all.times))
    if (!(Number.isFinite(value) && value > 0)) refuse(`times.${name}`, 'a number above 0')
  for (const [part, values] of Object.entries({ limits: all.limits, raft: all.raft }))
    for (const [name, value] of Object.entries(values))
      if (!Number.isSafeInteger(value) || value < 1) refuse(`${part}.${name}`, 'a whole number above 0')
  const { electionTimeoutMs, heartbeatMs } = all.raft
  // As the log itself would refuse it, but in the middle of things.
  if (electionTimeoutMs < 2 * heartbeatMs)
    refuse('raft.electionTimeoutMs', `at least twice heartbeatMs (${String(heartbeatMs)})`)
  return all
}

/** What is not known would be passed over in silence, and the one that was meant would keep its default. */
export function refuseUnknown(part: string, given: object, known: object): void {
  for (const name of Object.keys(given))
    if (!Object.hasOwn(known, name)) refuse(`${part}.${name}`, `one of ${Object.keys(known).join(', ')}`)
}

function refuse(option: string, wanted: string): never {
  throw groupsError('groups.bad_option', { option, wanted })
}
