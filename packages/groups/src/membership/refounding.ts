/**
 * How a group whose log is beyond hope goes on: the members that are left found its next generation, from the newest state among them.
 *
 *     first of those who live ── freeze ──► each      what its log has; it tells nobody else for a while
 *                             ── found(next generation) ──► all who would take part
 */
import { call } from '@agner/behaviours'
import type { Configuration } from '@agner/consensus'
import type { Claims } from '../names/claims.ts'
import { soundClaims } from '../names/sound.ts'
import { idsOf, launch, nextGenesis, nodeOf } from './founding.ts'
import type { Membership } from './membership.ts'
import type { OwnGroup } from './own-group.ts'
import { keeperProtocol, type Freeze, type Frozen } from './protocol.ts'
import { account, mayWin, isMajority } from './roster.ts'
import { isNewerView, type GroupView } from './view.ts'

/** For how long a node that has told its state to one founder tells nobody else. */
export const promiseMs = 10_000

/** What this node's log has, for one who founds the next generation. */
export function freeze(membership: Membership, { view: asked, by }: Freeze): Frozen {
  const own = membership.own.get(asked.name)
  const known = own?.id === asked.id ? own.view : membership.grave(asked.id)
  // What was decided is not lost with the log of who was left out, or came back: it has been acknowledged.
  if (known !== undefined && known !== null && isNewerView(known, asked)) return { type: 'newer', view: known }
  if (own === undefined) return { type: 'fresh' }
  if (own.id !== asked.id) return { type: 'elsewhere' }
  const nowMs = membership.node.monotonicTimeMs()
  const { view, log, pending, promisedTo } = own
  if (pending !== null) return { type: 'no' }
  if (promisedTo !== null && promisedTo.node !== by.node && nowMs < promisedTo.untilMs) return { type: 'no' }
  own.promisedTo = { node: by.node, untilMs: nowMs + promiseMs }
  const status = log?.status ?? null
  // One that was to be added and never was has a log with nothing in it.
  if (view === null || status === null || status.members.length === 0) return { type: 'fresh' }
  // What was acknowledged is in it, although this node may not have heard so before the others were lost.
  const ahead = log?.ahead ?? null
  if (ahead === null) return { type: 'fresh' }
  const { index, term, state } = ahead
  const latest = state.view !== null && isNewerView(state.view, view) ? state.view : view
  return {
    type: 'state',
    end: { term, index },
    view: latest,
    claims: state.claims,
    configuration: status.members,
    since: { index: status.membersAt, isCommitted: status.membersAt <= status.commit },
    dead: [...deadOf(membership, own, status.members)],
  }
}

/**
 * Founds the next generation from the newest state among those that are there. Without `isForced` only when the votes of the old one are all accounted
 * for and are no majority; an operator may know more than the nodes can.
 */
export async function refound(membership: Membership, own: OwnGroup, isForced: boolean): Promise<void> {
  const { view } = own
  const { keeper } = membership
  if (view === null || own.pending !== null || keeper === null) return
  const request: Freeze = { view, by: keeper }
  const present = view.nodes.filter((name) => membership.memberId(name) !== null)
  const answers = await Promise.all(
    present.map(async (name) => ({ name, frozen: await askToFreeze(membership, name, request) })),
  )
  if (own.view !== view || own.pending !== null || membership.byId(own.id) !== own) return
  const newer = newestView(answers.map(({ frozen }) => frozen))
  if (newer !== null) {
    membership.learn(newer, null)
    return membership.byId(own.id) === own ? refound(membership, own, isForced) : thaw(membership, own, present)
  }
  const those = (type: Frozen['type']): string[] =>
    answers.filter(({ frozen }) => frozen.type === type).map(({ name }) => name)
  const newest = newestOf(answers.map(({ frozen }) => frozen))
  const states = new Map(
    answers.flatMap(({ name, frozen }) => (frozen.type === 'state' ? [[name, frozen] as const] : [])),
  )
  const elsewhere = new Set([...own.declined, ...those('elsewhere')])
  const without = { fresh: those('fresh'), elsewhere }
  if (!isForced && !isHopeless(membership, own, states, without)) return thaw(membership, own, present)
  const latest = newest === null || isNewerView(view, newest.view) ? view : newest.view
  // The last that was agreed on was the end of the group.
  if (latest.isDeleted) return membership.learn(latest, null)
  const nodes = latest.nodes.filter((name) => !elsewhere.has(name))
  const willing = new Set([...those('state'), ...those('fresh')])
  const founders = idsOf(
    membership,
    nodes.filter((name) => willing.has(name)),
  )
  if (founders.length > 0)
    launch(membership, own, { ...nextGenesis(membership, latest), nodes }, claimsOf(newest), founders)
}

/** Another one may know more, and must not wait until what was promised to this one is over. */
function thaw(membership: Membership, own: OwnGroup, nodes: readonly string[]): void {
  const by = membership.node.name
  for (const name of nodes) membership.tell(name, 'thaw', { id: own.id, by })
  if (own.promisedTo?.node === by) own.promisedTo = null
}

async function askToFreeze(membership: Membership, name: string, request: Freeze): Promise<Frozen> {
  const { node, settings } = membership
  if (name === node.name) return freeze(membership, request)
  const to = keeperProtocol.at({ name: keeperProtocol.module, node: name })
  return call(node, to, 'freeze', request, { timeoutMs: settings.times.askMs }).catch(() => ({ type: 'no' as const }))
}

type State = Extract<Frozen, { type: 'state' }>

/** One name that makes no sense, and nobody would take part: the group goes on without it. */
function claimsOf(newest: State | null): Claims {
  return newest === null ? new Map() : soundClaims(newest.claims)
}

function newestOf(frozen: readonly Frozen[]): State | null {
  let newest: State | null = null
  for (const each of frozen)
    if (each.type === 'state' && (newest === null || isLater(each.end, newest.end))) newest = each
  return newest
}

/** The newest of those that are newer than what was asked with. */
function newestView(frozen: readonly Frozen[]): GroupView | null {
  let newest: GroupView | null = null
  for (const each of frozen)
    if (each.type === 'newer' && (newest === null || isNewerView(each.view, newest))) newest = each.view
  return newest
}

/** As in an election: the later term counts more than the longer log. */
function isLater(one: State['end'], other: State['end']): boolean {
  return one.term === other.term ? one.index > other.index : one.term > other.term
}

/** Members that have nothing of the log: they would take part, or are in another group of that name. */
interface Without {
  readonly fresh: readonly string[]
  readonly elsewhere: ReadonlySet<string>
}

/**
 * Whether the old generation can decide nothing any more: because no member has a log of it, or by its votes. Members may differ in who votes, since the last change
 * may not have reached them all: it is over when every vote that any of them counts is accounted for, and none of them could win by what it has itself.
 *
 * Who has not heard of a change that was committed may count votes of nodes that were removed since, and are not there to be asked. Nothing was decided by those after
 * the change, so they need not be accounted for. But with those who have not heard of it either they must be no majority: whoever has would not vote for them.
 */
function isHopeless(
  membership: Membership,
  own: OwnGroup,
  states: ReadonlyMap<string, State>,
  { fresh, elsewhere }: Without,
): boolean {
  if (states.size === 0) return own.view?.nodes.every((name) => fresh.includes(name) || elsewhere.has(name)) === true
  const ids = new Map(
    [...states.keys()].flatMap((name) => idsOf(membership, [name], own.log?.name).map((id) => [name, id])),
  )
  const living = new Set(ids.values())
  // Who has nothing of the log has promised nothing in it.
  const empty = idsOf(membership, fresh, own.log?.name)
  // A newer life that one of them has seen is seen for all.
  const seen = [...states.values()].flatMap(({ dead }) => dead)
  const settled = Math.max(0, ...[...states.values()].map(({ since }) => (since.isCommitted ? since.index : 0)))
  // Whoever has more of the log votes for nobody that has less.
  const votersFor = ({ end }: State): Set<string> =>
    new Set([...states].flatMap(([name, state]) => (isLater(state.end, end) ? [] : [ids.get(name) ?? ''])))
  const isBehind = ({ since }: State): boolean => since.index < settled
  const behind = [...states].flatMap(([name, state]) => (isBehind(state) ? [ids.get(name) ?? ''] : []))
  for (const [name, state] of states) {
    const { configuration } = state
    const { missing } = account(
      configuration,
      living,
      new Set([...deadOf(membership, own, configuration), ...seen, ...empty]),
    )
    if (isBehind(state)) {
      if (isMajority(configuration, new Set([...missing, ...behind]))) return false
    } else if (missing.length > 0 || mayWin(ids.get(name) ?? '', configuration, votersFor(state))) return false
  }
  return true
}

/** Members of a log that can never take part in it again. */
export function deadOf(membership: Membership, own: OwnGroup, configuration: Configuration): Set<string> {
  const dead = new Set<string>()
  const log = own.log?.name ?? ''
  for (const { id } of configuration) {
    const living = membership.memberId(nodeOf(id), log)
    if (living !== null && living !== id) dead.add(id)
  }
  return dead
}
