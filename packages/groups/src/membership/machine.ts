/**
 * What a group agrees on: its members, and in mode `agree` its names. A pure reducer that every member runs over the group's log.
 *
 *     found ──► change* ──► delete
 *        └── claim, unclaim, withdraw at any time between
 *
 * A change is one command: a group has its old members or its new ones, and nothing between, whoever crashes when. The index of the command is the
 * group's epoch.
 */
import type { Machine } from '@agner/consensus'
import { applyClaim, isClaimCommand, type ClaimCommand, type ClaimResult, type Claims } from '../names/claims.ts'
import { isPid } from '../names/sound.ts'
import type { GroupView } from './view.ts'

/** What a group begins with; its epoch comes with the commit. */
export type Genesis = Omit<GroupView, 'epoch' | 'isDeleted'>

export interface GroupState {
  /** Null until the first command has been applied. */
  readonly view: GroupView | null
  readonly claims: Claims
}

export type GroupCommand =
  /** Only the first counts: every leader says it until it has been applied. */
  | { readonly type: 'found'; readonly genesis: Genesis; readonly claims: Claims }
  | { readonly type: 'change'; readonly add: readonly string[]; readonly remove: readonly string[] }
  | { readonly type: 'delete' }
  | ClaimCommand

export type GroupResult =
  /** The members as they are now: as asked for, unless `refused` says why not. */
  | { readonly type: 'view'; readonly view: GroupView; readonly refused: 'deleted' | 'last_member' | 'too_many' | null }
  /** There is no group yet. */
  | { readonly type: 'unfounded' }
  | ClaimResult

export interface MachineLimits {
  readonly nodesPerGroup: number
  readonly namesPerGroup: number
}

export type GroupMachine = Machine<GroupCommand, GroupResult, GroupState>

/** The machine of every group. Limits must be the same on all members. */
export function groupMachine(limits: MachineLimits): GroupMachine {
  return {
    name: '@agner/groups/1',
    init: () => ({ view: null, claims: new Map() }),
    apply: (state, command, { index }) => apply(state, command, index, limits),
  }
}

function apply(
  state: GroupState,
  command: GroupCommand,
  index: number,
  limits: MachineLimits,
): { readonly state: GroupState; readonly result: GroupResult } {
  const { view } = state
  if (command.type === 'found') {
    if (view !== null) return { state, result: { type: 'view', view, refused: null } }
    const founded: GroupView = { ...command.genesis, epoch: index, isDeleted: false }
    // They may be of a time before others were removed, or of a node that takes no part any more: nobody would withdraw them.
    const claims = claimsOf(command.claims, founded.nodes)
    return { state: { view: founded, claims }, result: { type: 'view', view: founded, refused: null } }
  }
  if (view === null) return { state, result: { type: 'unfounded' } }
  if (view.isDeleted) return { state, result: { type: 'view', view, refused: 'deleted' } }
  if (isClaimCommand(command)) {
    // Its node was removed while the claim was on its way.
    if (command.type === 'claim' && isPid(command.pid) && !view.nodes.includes(command.pid.node))
      return { state, result: { type: 'stranger', index } }
    const applied = applyClaim(state.claims, command, { index, limit: limits.namesPerGroup })
    return { state: { view, claims: applied.claims }, result: applied.result }
  }
  if (command.type === 'delete') {
    const deleted: GroupView = { ...view, epoch: index, nodes: [], isDeleted: true }
    return { state: { view: deleted, claims: new Map() }, result: { type: 'view', view: deleted, refused: null } }
  }
  const nodes = changed(view.nodes, command)
  if (nodes.length === 0) return { state, result: { type: 'view', view, refused: 'last_member' } }
  if (nodes.length > limits.nodesPerGroup) return { state, result: { type: 'view', view, refused: 'too_many' } }
  if (sameNodes(nodes, view.nodes)) return { state, result: { type: 'view', view, refused: null } }
  const next: GroupView = { ...view, epoch: index, nodes }
  return {
    state: { view: next, claims: claimsOf(state.claims, nodes) },
    result: { type: 'view', view: next, refused: null },
  }
}

/** Names go with the node that their process lives on. */
function claimsOf(claims: Claims, nodes: readonly string[]): Claims {
  const kept = new Set(nodes)
  return new Map([...claims].filter(([, { pid }]) => kept.has(pid.node)))
}

function changed(
  nodes: readonly string[],
  { add, remove }: Extract<GroupCommand, { type: 'change' }>,
): readonly string[] {
  const gone = new Set(remove)
  return [...new Set([...nodes, ...add])].filter((node) => !gone.has(node))
}

function sameNodes(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((node, index) => node === b[index])
}
