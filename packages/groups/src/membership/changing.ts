/**
 * What a user may do with groups: found one, change one, delete one; and what an operator may.
 */
import { call } from '@agner/behaviours'
import { AgnerError, type AnyPid } from '@agner/core'
import { setLongTimer } from '@agner/core/kernel'
import { groupsError } from '../errors.ts'
import type { Errand, GroupLog } from './group-log.ts'
import { checkGroup } from './configured.ts'
import {
  askMs,
  askNodes,
  launch,
  leftMs,
  nodeOf,
  randomId,
  releaseNodes,
  reserve,
  thoseWhoMay,
  type Deadline,
} from './founding.ts'
import type { Genesis, GroupCommand, GroupResult } from './machine.ts'
import type { Membership } from './membership.ts'
import type { OwnGroup } from './own-group.ts'
import { keeperProtocol } from './protocol.ts'
import type { Consistency, GroupView } from './view.ts'
import { refound } from './refounding.ts'

interface Options {
  readonly timeoutMs?: number
  readonly ifMissing?: 'refuse' | 'leave_out'
}

/** @throws `groups.bad_option` */
function check({ timeoutMs, ifMissing = 'refuse', mode = 'merge' }: Options & { readonly mode?: Consistency }): void {
  checkTimeout(timeoutMs)
  if (ifMissing !== 'refuse' && ifMissing !== 'leave_out') refuse('ifMissing', "'refuse' or 'leave_out'")
  if (mode !== 'merge' && mode !== 'agree') refuse('mode', "'merge' or 'agree'")
}

/** @throws `groups.bad_option` */
export function checkTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0))
    refuse('timeoutMs', 'a number from 0 up, or Infinity')
}

function refuse(option: string, wanted: string): never {
  throw groupsError('groups.bad_option', { option, wanted })
}

export async function newGroup(
  membership: Membership,
  given: string | null,
  nodes: readonly string[],
  options: Options & { readonly mode?: Consistency },
): Promise<GroupView> {
  check(options)
  const { mode = 'merge', ifMissing = 'refuse', timeoutMs = membership.settings.times.timeoutMs } = options
  const { node, edges } = membership
  const id = randomId(membership)
  const group = given ?? `group-${id}`
  checkGroup(group, nodes)
  const about = { group, timeoutMs, what: 'its founding', untilMs: node.monotonicTimeMs() + timeoutMs }
  const keeper = keeperOf(membership, about)
  if (!nodes.includes(node.name)) throw groupsError('groups.not_among_nodes', { node: node.name, group })
  checkCount(membership, nodes.length)
  const here = reserve(membership, { name: group, id, by: keeper })
  if (here.type === 'full') throw tooManyGroups(membership)
  if (here.type !== 'yes') throw groupsError('groups.name_in_use', { group, nodes: node.name })
  const others = nodes.filter((name) => name !== node.name)
  const letGo = edges.hold(others)
  try {
    const asked = await askNodes(membership, others, { name: group, id }, about)
    // It may have died, or all been stopped, meanwhile: then nothing of it may be left here.
    keeperOf(membership, about)
    const may = thoseWhoMay(group, asked, ifMissing === 'leave_out')
    const all = nodes.filter((name) => name === node.name || may.some((each) => each.node === name))
    const ids = all.map((name) => membership.memberId(name) ?? may.find((each) => each.node === name)?.id)
    const genesis: Genesis = { name: group, id, mode, generation: 1, founding: randomId(membership), nodes: all }
    const own = membership.begin(group, id)
    launch(
      membership,
      own,
      genesis,
      new Map(),
      ids.filter((each) => each !== undefined),
    )
    return await everywhere(membership, await founded(membership, own, genesis, about), [], about)
  } finally {
    await releaseNodes(membership, others, { name: group, id, untilMs: about.untilMs })
    letGo()
  }
}

/**
 * Everybody who can be reached in time and is concerned has it in force when this resolves, so that whoever asked for a change and then asks another node finds it there.
 */
async function everywhere(
  membership: Membership,
  view: GroupView,
  before: readonly string[],
  deadline: Deadline,
): Promise<GroupView> {
  const { node, edges } = membership
  const others = [...new Set([...before, ...view.nodes])].filter((name) => name !== node.name)
  await Promise.all(
    others.map(async (name) => {
      const isMember = view.nodes.includes(name)
      if (!edges.isConnected(name) && !(isMember && (await edges.dialWithin(name, leftMs(membership, deadline)))))
        return
      const to = keeperProtocol.at({ name: keeperProtocol.module, node: name })
      await call(node, to, 'learn', view, { timeoutMs: askMs(membership, deadline) }).catch(() => null)
    }),
  )
  return view
}

/** Resolves when it is in force here. Rejects with `groups.no_majority`; then it is dropped wherever it has not come about. */
async function founded(membership: Membership, own: OwnGroup, genesis: Genesis, about: Timed): Promise<GroupView> {
  const isThere = (): boolean => own.view !== null && own.view.generation >= genesis.generation
  await until(membership, isThere, leftMs(membership, about))
  if (own.view !== null && isThere()) return own.view
  for (const node of genesis.nodes) membership.tell(node, 'abandon', { id: own.id, founding: genesis.founding })
  membership.drop(own)
  throw noMajority(membership, about)
}

/** Nobody can be asked, or told, while there is no keeper: it has failed, and the next one comes in a moment. @throws `groups.no_majority`, `groups.stopped` */
function keeperOf(membership: Membership, about: NotDone): AnyPid {
  if (membership.keeper === null) throw noMajority(membership, about)
  return membership.keeper
}

type NotDone = Pick<Errand, 'group' | 'timeoutMs' | 'what'>
/** All steps of a change have one deadline: asking, dialling, deciding, and telling those who are concerned. */
type Timed = NotDone & Deadline

function noMajority(membership: Membership, about: NotDone): Error {
  return membership.isStopped ? stopped(membership) : groupsError('groups.no_majority', about)
}

function stopped({ node }: Membership): Error {
  return groupsError('groups.stopped', { node: node.name })
}

export type GroupChangeRequest =
  | { readonly type: 'add'; readonly nodes: readonly string[] }
  | { readonly type: 'remove'; readonly nodes: readonly string[] }
  | { readonly type: 'delete' }

export async function changeGroup(
  membership: Membership,
  group: string,
  request: GroupChangeRequest,
  options: Options,
): Promise<GroupView> {
  check(options)
  const { ifMissing = 'refuse', timeoutMs = membership.settings.times.timeoutMs } = options
  const own = ownGroup(membership, group)
  const untilMs = membership.node.monotonicTimeMs() + timeoutMs
  const about = (what: string): Timed => ({ group: own.name, what, timeoutMs, untilMs })
  if (request.type === 'delete') return submit(membership, own, { type: 'delete' }, about('deleteGroup'))
  // Each may be said twice; what is no list would be taken for an empty one.
  const nodes = Array.isArray(request.nodes) ? [...new Set(request.nodes)] : request.nodes
  checkGroup(group, nodes)
  if (request.type === 'remove') {
    const command: GroupCommand = { type: 'change', add: [], remove: nodes }
    return submit(membership, own, command, about('removeNodes'))
  }
  const { view } = own
  const fresh = nodes.filter((node) => view?.nodes.includes(node) !== true)
  checkCount(membership, (view?.nodes.length ?? 0) + fresh.length)
  keeperOf(membership, about('addNodes'))
  const letGo = membership.edges.hold(fresh)
  try {
    const asked = await askNodes(membership, fresh, { name: group, id: own.id }, { untilMs })
    if (membership.isStopped) throw stopped(membership)
    const may = new Set(thoseWhoMay(group, asked, ifMissing === 'leave_out').map(({ node }) => node))
    // Also those that this node takes for members: their removal may be under way.
    const add = nodes.filter((node) => may.has(node) || !fresh.includes(node))
    return await submit(membership, own, { type: 'change', add, remove: [] }, about('addNodes'))
  } finally {
    await releaseNodes(membership, fresh, { name: group, id: own.id, untilMs })
    letGo()
  }
}

/** Has a command decided, and acts on it here before it answers. */
async function submit(membership: Membership, own: OwnGroup, command: GroupCommand, timed: Timed): Promise<GroupView> {
  const before = own.view?.nodes ?? []
  const about = { ...timed, nodes: before }
  const { log, result } = await decided(membership, own, command, about)
  if (result.type !== 'view') throw noMajority(membership, about)
  membership.learn(result.view, null)
  if (result.refused === 'last_member') throw groupsError('groups.last_member', { group: own.name })
  if (result.refused === 'too_many') throw tooManyNodes(membership)
  if (result.refused === 'deleted' && command.type !== 'delete') throw notAMember(membership, own.name)
  const { view } = result
  await everywhere(membership, view, before, about)
  // Whoever was removed may be stopped now: no vote of the group hangs on it.
  const isHandedOver = (): boolean =>
    log.isOver ||
    (log.status?.members ?? []).every(({ id, role }) => role !== 'voter' || view.nodes.includes(nodeOf(id)))
  if (!view.isDeleted) await log.until(isHandedOver, askMs(membership, about))
  return view
}

/** In the log of whichever generation is there. Doing it twice is harmless. */
async function decided(
  membership: Membership,
  own: OwnGroup,
  command: GroupCommand,
  about: Errand & Deadline,
): Promise<{ readonly log: GroupLog; readonly result: GroupResult }> {
  for (;;) {
    const forMs = leftMs(membership, about)
    // A configured group has no log before a majority has met.
    await until(membership, () => own.log !== null || membership.byId(own.id) !== own, forMs)
    const { log } = own
    if (log === null || membership.isStopped) throw noMajority(membership, about)
    try {
      return { log, result: await log.submit(command, { ...about, timeoutMs: forMs }) }
    } catch (error) {
      if (membership.isStopped && isCode(error, 'groups.no_majority')) throw stopped(membership)
      if (own.log === log || own.log === null || membership.node.monotonicTimeMs() >= about.untilMs) throw error
    }
  }
}

export async function reformGroup(membership: Membership, group: string, options: Options): Promise<GroupView> {
  check(options)
  const { timeoutMs = membership.settings.times.timeoutMs } = options
  const own = ownGroup(membership, group)
  const before = own.view?.generation ?? 0
  const deadline = { untilMs: membership.node.monotonicTimeMs() + timeoutMs }
  const isNext = (): boolean => (own.view?.generation ?? 0) > before
  // Whoever does not say what it has is not waited for longer than that.
  await Promise.race([refound(membership, own, true), until(membership, isNext, timeoutMs)])
  await until(membership, isNext, leftMs(membership, deadline))
  const { view } = own
  if (view === null || view.generation <= before) throw noMajority(membership, { group, timeoutMs, what: 'reform' })
  return view
}

/** Looks again whenever a group changes. Resolves when it is so, the time is over, or all is stopped. */
function until(membership: Membership, isSo: () => boolean, timeoutMs: number): Promise<void> {
  if (isSo() || membership.isStopped) return Promise.resolve()
  return new Promise((resolve) => {
    const finish = (): void => {
      timer.clear()
      stop()
      membership.waiters.delete(finish)
      resolve()
    }
    const timer = setLongTimer(membership.node, timeoutMs, finish)
    const stop = membership.knowledge.onChange(() => {
      if (isSo()) finish()
    })
    membership.waiters.add(finish)
  })
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof AgnerError && error.code === code
}

function ownGroup(membership: Membership, group: string): OwnGroup {
  if (membership.isStopped) throw stopped(membership)
  const own = membership.own.get(group)
  if (own === undefined || own.view === null) throw notAMember(membership, group)
  return own
}

function notAMember(membership: Membership, group: string): Error {
  const own = membership.knowledge.ownGroups().join(', ') || 'none'
  return groupsError('groups.not_a_member', { node: membership.node.name, group, own })
}

function checkCount(membership: Membership, count: number): void {
  if (count > membership.settings.limits.nodesPerGroup) throw tooManyNodes(membership)
}

function tooManyNodes({ node, settings }: Membership): Error {
  const limit = settings.limits.nodesPerGroup
  return groupsError('groups.too_many', {
    node: node.name,
    what: 'nodes in a group',
    limit,
    option: 'limits.nodesPerGroup',
  })
}

function tooManyGroups({ node, settings }: Membership): Error {
  const limit = settings.limits.groupsPerNode
  return groupsError('groups.too_many', { node: node.name, what: 'groups', limit, option: 'limits.groupsPerNode' })
}
