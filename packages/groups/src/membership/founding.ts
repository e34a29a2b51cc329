/**
 * How a group comes to be: dynamically, from the configuration, or anew when a majority of its log is gone for good.
 *
 *     founder ── reserve ──► each node      all say yes, or it is not founded
 *     founder ── found(genesis) ──► each    the same members, and the same first entry, for all
 *     founders: election; who leads writes the first entry; committed by a majority of them, the group exists
 *
 * A founding that no majority takes part in is dropped after a while, and what was promised in its log is promised by a member that is dead from then on.
 */
import { call } from '@agner/behaviours'
import type { Configuration } from '@agner/consensus'
import { groupsError } from '../errors.ts'
import type { Claims } from '../names/claims.ts'
import { logNameOf } from './group-log.ts'
import type { Genesis } from './machine.ts'
import type { Membership } from './membership.ts'
import type { OwnGroup } from './own-group.ts'
import { keeperProtocol, type Found, type Freeze, type Frozen, type Reserve, type Reserved } from './protocol.ts'
import { account, mayWin, voterLimit } from './roster.ts'
import { isNewerView, type GroupView } from './view.ts'

/** What a node said when it was asked to be in a group. */
export interface Asked {
  readonly node: string
  readonly said: Reserved | { readonly type: 'unreachable' }
}

/** 64 random bits as text. */
export function randomId(membership: Membership): string {
  return Array.from(membership.node.runtime.randomBytes(8), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Asks nodes whether they may be in a group, all at once. Each that says yes keeps the name for it, for a while. */
export function askNodes(
  membership: Membership,
  nodes: readonly string[],
  request: Omit<Reserve, 'by'>,
): Promise<Asked[]> {
  return Promise.all(nodes.map((node) => ask(membership, node, request)))
}

async function ask(membership: Membership, name: string, request: Omit<Reserve, 'by'>): Promise<Asked> {
  const { node, edges, keeper, settings } = membership
  if (keeper === null || !(await edges.dial(name))) return { node: name, said: { type: 'unreachable' } }
  try {
    const to = keeperProtocol.at({ name: keeperProtocol.module, node: name })
    const said = await call(node, to, 'reserve', { ...request, by: keeper }, { timeoutMs: settings.times.askMs })
    return { node: name, said }
  } catch {
    return { node: name, said: { type: 'unreachable' } }
  }
}

/** What this node says when it is asked. */
export function reserve(membership: Membership, { name, id, by }: Reserve): Reserved {
  const { own, reservations, settings, node } = membership
  const memberId = membership.memberId(node.name) as string
  const known = own.get(name)
  if (known !== undefined) return known.id === id ? { type: 'member', id: memberId } : { type: 'taken' }
  if (own.size + reservations.size >= settings.limits.groupsPerNode && !reservations.has(name)) return { type: 'full' }
  if (!reservations.take(name, id, by.node)) return { type: 'taken' }
  membership.changed()
  return { type: 'yes', id: memberId }
}

/** Up to five of them vote, the first. */
export function foundersOf(ids: readonly string[]): Configuration {
  return ids.map((id, index) => ({ id, role: index < voterLimit ? 'voter' : 'learner' }))
}

/** Begins a founding here, and tells the other founders. */
export function launch(
  membership: Membership,
  own: OwnGroup,
  genesis: Genesis,
  claims: Claims,
  ids: readonly string[],
): void {
  const { node, keeper } = membership
  const ownId = membership.memberId(node.name)
  // It is to lead at first, so it votes.
  const founders = foundersOf([...ids.filter((id) => id === ownId), ...ids.filter((id) => id !== ownId)])
  if (keeper === null) return
  takePart(membership, own, { genesis, claims, founders, by: keeper })
  for (const other of genesis.nodes)
    if (other !== node.name) membership.tell(other, 'found', { genesis, claims, founders, by: keeper })
}

/** Somebody founds, and this node is among the founders. */
export function heardFound(membership: Membership, found: Found): void {
  const { genesis, founders, by } = found
  const id = membership.memberId(membership.node.name, logNameOf(genesis))
  if (!founders.some((member) => member.id === id)) return
  const grave = membership.grave(genesis.id)
  if (grave !== undefined && grave.generation >= genesis.generation) return membership.tellViews(by.node, [grave])
  const own = membership.own.get(genesis.name) ?? membership.begin(genesis.name, genesis.id)
  if (own.id !== genesis.id) return membership.tell(by.node, 'declined', { id: genesis.id, node: membership.node.name })
  if (own.view !== null && own.view.generation >= genesis.generation) return membership.tellViews(by.node, [own.view])
  takePart(membership, own, found)
}

/** One founding at a time: the first that is heard of, until it has come about or was dropped. */
function takePart(membership: Membership, own: OwnGroup, { genesis, claims, founders, by }: Found): void {
  const name = logNameOf(genesis)
  if (own.pending !== null) return
  const log = membership.logs.open(name, founders, by.node === membership.node.name)
  own.pending = { genesis, claims, founders, log, by: by.node, sinceMs: membership.node.monotonicTimeMs() }
  membership.changed()
  membership.edges.tend()
}

/** A configured group without a log: once all of its nodes are there, or a majority after a while, the first of them by name founds it. */
export function foundConfigured(membership: Membership, own: OwnGroup): void {
  const { view, pending } = own
  if (view === null || view.generation > 0 || pending !== null) return
  const { node, startedMs, settings } = membership
  const present = view.nodes.filter((name) => membership.memberId(name) !== null)
  if (present.length <= view.nodes.length / 2 || present.toSorted()[0] !== node.name) return
  const isLate = node.monotonicTimeMs() - startedMs >= settings.times.foundAfterMs
  if (present.length < view.nodes.length && !isLate) return
  launch(membership, own, nextGenesis(membership, view), new Map(), idsOf(membership, present))
}

function nextGenesis(membership: Membership, { name, id, mode, generation, nodes }: GroupView): Genesis {
  return { name, id, mode, nodes, generation: generation + 1, founding: randomId(membership) }
}

function idsOf(membership: Membership, nodes: readonly string[], log?: string): string[] {
  return nodes.map((node) => membership.memberId(node, log)).filter((id) => id !== null)
}

/** For how long a node that has told its state to one founder tells nobody else. */
const promiseMs = 10_000

/** What this node's log has applied, for one who founds the next generation. */
export function freeze(membership: Membership, { name, id, generation, by }: Freeze): Frozen {
  const own = membership.own.get(name)
  if (own === undefined) return { type: 'fresh' }
  if (own.id !== id) return { type: 'elsewhere' }
  const nowMs = membership.node.monotonicTimeMs()
  const { view, log, pending, promisedTo } = own
  if (pending !== null || (view !== null && view.generation >= generation)) return { type: 'no' }
  if (promisedTo !== null && promisedTo.node !== by.node && nowMs < promisedTo.untilMs) return { type: 'no' }
  own.promisedTo = { node: by.node, untilMs: nowMs + promiseMs }
  const status = log?.status ?? null
  // One that was to be added and never was has a log with nothing in it.
  if (view === null || status === null || status.members.length === 0) return { type: 'fresh' }
  const claims = log?.state?.claims ?? new Map()
  return { type: 'state', applied: status.applied, view, claims, configuration: status.members }
}

/**
 * Founds the next generation from the newest state among those that are there. Without `isForced` only when the votes of the old one are all accounted
 * for and are no majority; an operator may know more than the nodes can.
 */
export async function refound(membership: Membership, own: OwnGroup, isForced: boolean): Promise<void> {
  const { view } = own
  const { keeper } = membership
  if (view === null || own.pending !== null || keeper === null) return
  const request: Freeze = { name: own.name, id: own.id, generation: view.generation + 1, by: keeper }
  const present = view.nodes.filter((name) => membership.memberId(name) !== null)
  const answers = await Promise.all(
    present.map(async (name) => ({ name, frozen: await askToFreeze(membership, name, request) })),
  )
  if (own.view !== view || own.pending !== null || membership.byId(own.id) !== own) return
  const those = (type: Frozen['type']): string[] =>
    answers.filter(({ frozen }) => frozen.type === type).map(({ name }) => name)
  const newest = newestOf(answers.map(({ frozen }) => frozen))
  const states = new Map(
    answers.flatMap(({ name, frozen }) => (frozen.type === 'state' ? [[name, frozen] as const] : [])),
  )
  if (!isForced && !isHopeless(membership, own, states, those('fresh'))) return
  const elsewhere = new Set(those('elsewhere'))
  const latest = newest === null || isNewerView(view, newest.view) ? view : newest.view
  const nodes = latest.nodes.filter((name) => !elsewhere.has(name))
  const willing = new Set([...those('state'), ...those('fresh')])
  const founders = idsOf(
    membership,
    nodes.filter((name) => willing.has(name)),
  )
  if (founders.length > 0)
    launch(membership, own, { ...nextGenesis(membership, latest), nodes }, newest?.claims ?? new Map(), founders)
}

async function askToFreeze(membership: Membership, name: string, request: Freeze): Promise<Frozen> {
  const { node, settings } = membership
  if (name === node.name) return freeze(membership, request)
  const to = keeperProtocol.at({ name: keeperProtocol.module, node: name })
  return call(node, to, 'freeze', request, { timeoutMs: settings.times.askMs }).catch(() => ({ type: 'no' as const }))
}

type State = Extract<Frozen, { type: 'state' }>

function newestOf(frozen: readonly Frozen[]): State | null {
  let newest: State | null = null
  for (const each of frozen)
    if (each.type === 'state' && (newest === null || each.applied > newest.applied)) newest = each
  return newest
}

/**
 * Whether the old generation can decide nothing any more: because no member has a log of it, or by its votes. Members may differ in who votes, since the last change
 * may not have reached them all: it is over when every vote that any of them counts is accounted for, and none of them could win by what it has itself.
 */
function isHopeless(
  membership: Membership,
  own: OwnGroup,
  states: ReadonlyMap<string, State>,
  fresh: readonly string[],
): boolean {
  if (states.size === 0) return own.view?.nodes.every((name) => fresh.includes(name)) === true
  const ids = new Map(
    [...states.keys()].flatMap((name) => idsOf(membership, [name], own.log?.name).map((id) => [name, id])),
  )
  const living = new Set(ids.values())
  for (const [name, { configuration }] of states) {
    const { missing } = account(configuration, living, deadOf(membership, own, configuration))
    if (missing.length > 0 || mayWin(ids.get(name) ?? '', configuration, living)) return false
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

export function nodeOf(id: string): string {
  const end = id.indexOf('#')
  return end < 0 ? id : id.slice(0, end)
}

/** Rejects unless every node has said yes. `leaveOut`: those that cannot be had are left out instead. */
export function thoseWhoMay(
  group: string,
  asked: readonly Asked[],
  leaveOut: boolean,
): { readonly node: string; readonly id: string }[] {
  const named = (types: readonly string[]): string[] =>
    asked.filter(({ said }) => types.includes(said.type)).map(({ node }) => node)
  if (!leaveOut) {
    const [taken, unreachable] = [named(['taken', 'full']), named(['unreachable'])]
    if (taken.length > 0) throw groupsError('groups.name_in_use', { group, nodes: taken.join(', ') })
    if (unreachable.length > 0) throw groupsError('groups.unreachable', { group, nodes: unreachable.join(', ') })
  }
  return asked.flatMap(({ node, said }) =>
    said.type === 'yes' || said.type === 'member' ? [{ node, id: said.id }] : [],
  )
}

/** Those who have promised the name need not keep it. */
export function releaseNodes(membership: Membership, nodes: readonly string[], name: string, id: string): void {
  for (const node of nodes) membership.tell(node, 'release', { name, id })
  membership.reservations.release(name, id)
  membership.changed()
}
