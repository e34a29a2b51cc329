/**
 * How a group comes to be: dynamically, or from the configuration.
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
import { keeperProtocol, type Found, type Reserve, type Reserved } from './protocol.ts'
import { voterLimit } from './roster.ts'
import type { GroupView } from './view.ts'

/** What a node said when it was asked to be in a group. */
export interface Asked {
  readonly node: string
  readonly said: Reserved | { readonly type: 'unreachable' }
}

/** 64 random bits as text. */
export function randomId(membership: Membership): string {
  return Array.from(membership.node.runtime.randomBytes(8), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** When something has to be done with, on the node's clock. */
export interface Deadline {
  readonly untilMs: number
}

/** What is left until then, and at least a moment. */
export function leftMs({ node }: Membership, { untilMs }: Deadline): number {
  return Math.max(1, Math.ceil(untilMs - node.monotonicTimeMs()))
}

/** For how long one node may take to answer. */
export function askMs(membership: Membership, deadline: Deadline): number {
  return Math.min(membership.settings.times.askMs, leftMs(membership, deadline))
}

/** Asks nodes whether they may be in a group, all at once. Each that says yes keeps the name for it, for a while. */
export function askNodes(
  membership: Membership,
  nodes: readonly string[],
  request: Omit<Reserve, 'by'>,
  deadline: Deadline,
): Promise<Asked[]> {
  return Promise.all(nodes.map((node) => ask(membership, node, request, deadline)))
}

async function ask(
  membership: Membership,
  name: string,
  request: Omit<Reserve, 'by'>,
  deadline: Deadline,
): Promise<Asked> {
  const { node, edges, keeper } = membership
  if (keeper === null || !(await edges.dialWithin(name, leftMs(membership, deadline))))
    return { node: name, said: { type: 'unreachable' } }
  try {
    const to = keeperProtocol.at({ name: keeperProtocol.module, node: name })
    const timeoutMs = askMs(membership, deadline)
    const said = await call(node, to, 'reserve', { ...request, by: keeper }, { timeoutMs })
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

export function nextGenesis(membership: Membership, { name, id, mode, generation, nodes }: GroupView): Genesis {
  return { name, id, mode, nodes, generation: generation + 1, founding: randomId(membership) }
}

export function idsOf(membership: Membership, nodes: readonly string[], log?: string): string[] {
  return nodes.map((node) => membership.memberId(node, log)).filter((id) => id !== null)
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

/** Those who have promised the name need not keep it. Resolves when those that can be reached know, or the time is over: the next one who wants the name may ask at once. */
export async function releaseNodes(
  membership: Membership,
  nodes: readonly string[],
  { name, id, ...deadline }: Omit<Reserve, 'by'> & Deadline,
): Promise<void> {
  const { node, edges } = membership
  membership.reservations.release(name, id)
  const reached = nodes.filter((other) => edges.isConnected(other))
  await Promise.all(
    reached.map((other) => {
      const to = keeperProtocol.at({ name: keeperProtocol.module, node: other })
      const timeoutMs = askMs(membership, deadline)
      return call(node, to, 'release', { name, id }, { timeoutMs }).catch(() => null)
    }),
  )
  membership.changed()
}
