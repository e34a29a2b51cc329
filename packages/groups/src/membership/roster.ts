/**
 * How the voters of a group's log follow its members, one change at a time: pure.
 *
 * The log decides who is a member; who votes on the log is made to follow, so that a change of members is one step for the group however
 * many votes it moves. Up to {@link voterLimit} members vote, the longest-standing of those that are there; the others learn.
 */
import type { Configuration, Member } from '@agner/consensus'

export const voterLimit = 5

export type RosterChange =
  | { readonly type: 'add'; readonly id: string; readonly role: 'voter' | 'learner' }
  | { readonly type: 'remove'; readonly id: string }
  /** The leader is no member, and the last of those that has to go: another one has to see to that. */
  | { readonly type: 'transfer' }

export interface Roster {
  /** The leader's. */
  readonly self: string
  /** The members of the group, the longest-standing first. */
  readonly nodes: readonly string[]
  /** Who takes part in the log. */
  readonly configuration: Configuration
  /** Nodes that are connected now, with the id that their present life has. The leader's own among them. */
  readonly present: ReadonlyMap<string, string>
  /** Whether a member has all that the leader has, or nearly. */
  readonly isCaughtUp: (id: string) => boolean
  readonly nodeOf: (id: string) => string
}

/** The next change that the leader has to make, or null when all is as it should be, as far as it can be now. */
export function nextChange(roster: Roster): RosterChange | null {
  const { self, nodes, configuration, present, isCaughtUp, nodeOf } = roster
  const ids = new Map(configuration.map((member) => [member.id, member]))
  // Dead votes first: they count against every majority.
  const dead = configuration.find(({ id }) => isDead(id, present, nodeOf))
  if (dead !== undefined && isSafeToRemove(dead, roster)) return { type: 'remove', id: dead.id }
  for (const node of nodes) {
    const id = present.get(node)
    if (id !== undefined && !ids.has(id)) return { type: 'add', id, role: 'learner' }
  }
  const voters = configuration.filter(({ id, role }) => role === 'voter' && nodes.includes(nodeOf(id)))
  if (voters.length < Math.min(voterLimit, nodes.length)) {
    const next = nodes
      .map((node) => ids.get(present.get(node) ?? ''))
      .find((member) => member?.role === 'learner' && isCaughtUp(member.id))
    if (next !== undefined) return { type: 'add', id: next.id, role: 'voter' }
  }
  // Only once others can stand in for them, and the leader last. Until then they hold what was agreed on by their votes, and go on voting.
  const gone = configuration.filter((member) => !nodes.includes(nodeOf(member.id)))
  const next = gone.find(
    (member) => member.id !== self && isSafeToRemove(member, roster) && canDecideWithout(member, roster),
  )
  if (next !== undefined) return { type: 'remove', id: next.id }
  return gone.some(({ id }) => id === self) && voters.length > 0 ? { type: 'transfer' } : null
}

/** Another life of its node is there. */
function isDead(id: string, present: ReadonlyMap<string, string>, nodeOf: (id: string) => string): boolean {
  const living = present.get(nodeOf(id))
  return living !== undefined && living !== id
}

/** A log without voters could decide nothing any more. */
function isSafeToRemove(member: Member, { configuration }: Roster): boolean {
  return member.role !== 'voter' || configuration.filter(({ role }) => role === 'voter').length > 1
}

/** Those who would be left could agree on it now: a majority of them is there and has caught up. */
function canDecideWithout({ id, role }: Member, { configuration, present, isCaughtUp, nodeOf }: Roster): boolean {
  if (role !== 'voter') return true
  const left = configuration.filter((member) => member.role === 'voter' && member.id !== id)
  const ready = left.filter((member) => present.get(nodeOf(member.id)) === member.id && isCaughtUp(member.id))
  return ready.length > left.length / 2
}

export type Accounting =
  /** Nothing to do: a majority can be had, or may come back. */
  | { readonly type: 'wait'; readonly missing: readonly string[] }
  /** The votes that are left are no majority and never will be: the living may found the next generation. */
  | { readonly type: 'refound'; readonly living: readonly string[]; readonly missing: readonly string[] }

/**
 * Whether a log is beyond hope, as one member sees it. A vote is accounted for when its member takes part (`living`), or can never again, since a newer life of
 * its node was seen or it said so (`dead`). When no voter lives the learners count instead.
 */
export function account(
  configuration: Configuration,
  living: ReadonlySet<string>,
  dead: ReadonlySet<string>,
): Accounting {
  const voters = configuration.filter(({ role }) => role === 'voter').map(({ id }) => id)
  const all = configuration.map(({ id }) => id)
  const livingVoters = voters.filter((id) => living.has(id))
  const counted = livingVoters.length > 0 ? voters : all
  const missing = counted.filter((id) => !living.has(id) && !dead.has(id))
  if (missing.length > 0 || livingVoters.length > voters.length / 2) return { type: 'wait', missing }
  return { type: 'refound', living: all.filter((id) => living.has(id)), missing }
}

/** Whether a member could win an election by what it has itself, with the votes of these. */
export function mayWin(id: string, configuration: Configuration, votes: ReadonlySet<string>): boolean {
  return configuration.some((member) => member.id === id && member.role === 'voter') && isMajority(configuration, votes)
}

/** Whether so many vote that they decide. */
export function isMajority(configuration: Configuration, ids: ReadonlySet<string>): boolean {
  const voters = configuration.filter(({ role }) => role === 'voter')
  return voters.filter(({ id }) => ids.has(id)).length > voters.length / 2
}
