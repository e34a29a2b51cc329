/**
 * Whether a cluster that was left alone is as the model says: the invariants of SD Erlang's operational semantics, and more of them.
 *
 * All nodes are up, and nothing is cut. Says what is wrong, or null.
 */
import type { AnyPid } from '@agner/core'
import type { Groups, GroupView } from '../../src/index.ts'
import type { GroupCluster } from '../membership/group-cluster.ts'
import { membersOf, nodesIn, type Model, type ModelGroup } from './model.ts'
import { nodeNames } from './program.ts'

const short = (node: string): string => node.split('@')[0]!

const told = (pid: AnyPid | null | undefined): string => (pid === null || pid === undefined ? 'nobody' : String(pid))

/** Views of own groups by the id of the group, and then by the node that has them. */
type Claims = Map<string, Map<string, GroupView>>

export function wrongAtRest(cluster: GroupCluster, model: Model): string | null {
  const claims = claimsOf(cluster)
  return (
    wrongMembers(claims, model) ??
    wrongFree(cluster) ??
    wrongLogs(cluster, claims) ??
    wrongEdges(cluster, claims, model) ??
    wrongNames(cluster, claims, model)
  )
}

export function claimsOf(cluster: GroupCluster): Claims {
  const claims: Claims = new Map()
  for (const { name } of cluster.cluster.up)
    for (const group of cluster.on(name).own()) {
      const { view } = cluster.on(name).view.find(group)!
      const views = claims.get(view.id) ?? new Map<string, GroupView>()
      claims.set(view.id, views.set(name, view))
    }
  return claims
}

/** The members of a group as all of them have it; null while they differ (I1, I8). */
function agreed(views: Map<string, GroupView>): string | null {
  const members = new Set([...views.values()].map(({ nodes }) => membersOf(nodes.map(short))))
  const epochs = new Set([...views.values()].map(({ generation, epoch }) => `${generation}.${epoch}`))
  const claimants = membersOf(views.keys())
  return members.size === 1 && epochs.size === 1 && members.has(claimants) ? claimants : null
}

function wrongMembers(claims: Claims, model: Model): string | null {
  for (const [id, views] of claims) {
    const [{ name }] = views.values() as unknown as [GroupView]
    const members = agreed(views)
    const everywhere = [...views].map(([node, view]) => `${node}:${membersOf(view.nodes.map(short))}`).join(' ')
    if (members === null) return `the members of ${name} do not agree: ${everywhere}`
    const group = model.groups.get(id)
    if (group === undefined) {
      const isKnown = model.stillborn.some(
        (one) => one.name === name && nodesIn(members).every((node) => one.members.includes(node)),
      )
      if (!isKnown) return `nobody has founded this ${name}: ${everywhere}`
    } else {
      const mayBe = group.possible.has(members) || (model.mayHaveForgotten(group) && group.past.has(members))
      if (!mayBe) return `${name} has the members ${members}, not ${[...group.possible].join(' or ')}`
    }
  }
  for (const group of model.list) {
    const mayBeGone = group.possible.has('') || model.mayBeGone(group)
    if (!claims.has(group.id) && !mayBeGone) return `${group.name} is gone, not ${[...group.possible].join(' or ')}`
  }
  return null
}

/** A node is free when it is in no group, and only then (I1). */
function wrongFree(cluster: GroupCluster): string | null {
  const wrong = nodeNames.find((node) => cluster.on(node).info().isFree !== (cluster.on(node).own().length === 0))
  return wrong === undefined ? null : `${wrong} takes itself for free, or not, and is not, or is`
}

/** Every group can decide: all members share its names, and its log has one leader, who is a member, and as many voters as there may be. */
function wrongLogs(cluster: GroupCluster, claims: Claims): string | null {
  for (const views of claims.values()) {
    const leaders = new Set<string | null>()
    for (const [node, { name }] of views) {
      const present = membersOf(cluster.on(node).present(name).map(short))
      if (present !== membersOf(views.keys())) return `${node} shares the names of ${name} with ${present} only`
      const { leader, voters } = cluster
        .on(node)
        .info()
        .groups.find(({ view }) => view.name === name)!
      leaders.add(leader === null ? null : short(leader))
      const wanted = Math.min(5, views.size)
      if (voters.length !== wanted || voters.some((voter) => !views.has(short(voter))))
        return `of the members ${membersOf(views.keys())} of ${name} ${membersOf(voters.map(short))} vote, as ${node} has it`
    }
    const [leader] = leaders
    if (leaders.size > 1 || leader === null || !views.has(leader!))
      return `the members of ${[...views.values()][0]!.name} follow ${[...leaders].join(' and ')}`
  }
  return null
}

/** Connections are there both ways, within each group, and nowhere else but where somebody asked (I2, I3, I7). */
function wrongEdges(cluster: GroupCluster, claims: Claims, model: Model): string | null {
  const wanted = new Set<string>()
  for (const views of claims.values()) {
    const members = [...views.keys()].toSorted()
    for (const one of members) for (const other of members) if (one < other) wanted.add(one + other)
  }
  const edges = cluster
    .edges()
    .split(' ')
    .filter((edge) => edge !== '')
  for (const edge of edges) {
    if (edge.includes('>')) return `the connection ${edge} is there for one side only`
    if (!wanted.has(edge) && !model.isAsked(edge[0]!, edge[1]!)) return `nobody needs the connection ${edge}`
  }
  const missing = [...wanted].find((edge) => !edges.includes(edge))
  return missing === undefined ? null : `the connection ${missing} is missing`
}

/** The names of a group as one member has them. */
export function tableAt(groups: Groups, group: string): Map<string, AnyPid> {
  return new Map(groups.names(group).map((name) => [name, groups.whereis(group, name)!]))
}

/** All members have the same names, of living processes of members, one each; and what was acknowledged holds (I4, I5, I6). */
function wrongNames(cluster: GroupCluster, claims: Claims, model: Model): string | null {
  for (const [id, views] of claims) {
    const [[first, { name: group }]] = views as unknown as [[string, GroupView]]
    const table = tableAt(cluster.on(first), group)
    for (const node of views.keys()) {
      const other = tableAt(cluster.on(node), group)
      const differs = [...new Set([...table.keys(), ...other.keys()])].find(
        (name) => table.get(name) !== other.get(name),
      )
      if (differs !== undefined)
        return `${group}/${differs} is ${told(table.get(differs))} at ${first} and ${told(other.get(differs))} at ${node}`
    }
    if (new Set(table.values()).size !== table.size) return `a process has two names in ${group}`
    for (const [name, pid] of table) {
      const home = short(pid.node)
      if (!views.has(home)) return `${group}/${name} is a process of ${home}, which is no member`
      if (!cluster.cluster.node(home).node.isAlive(pid)) return `${group}/${name} is dead`
    }
    const known = model.groups.get(id)
    const wrong = known === undefined ? null : wrongOwners(cluster, known, table, model)
    if (wrong !== null) return wrong
  }
  return null
}

function wrongOwners(
  cluster: GroupCluster,
  group: ModelGroup,
  table: Map<string, AnyPid>,
  model: Model,
): string | null {
  const mayBeLost = group.mode === 'agree' ? model.mayHaveForgotten(group) : model.mayBeGone(group)
  const mayHaveLostIt = (pid: AnyPid): boolean => {
    const home = short(pid.node)
    if (model.mayHaveWithdrawn(group, home)) return true
    return ![...group.past].every((members) => members.includes(home)) || !cluster.cluster.node(home).node.isAlive(pid)
  }
  for (const name of new Set([...group.names.keys(), ...table.keys()])) {
    const owners = group.owners(name)
    const is = table.get(name) ?? null
    if (owners.has(is)) continue
    if (is === null && (mayBeLost || [...owners].some((pid) => pid !== null && mayHaveLostIt(pid)))) continue
    return `${group.name}/${name} is ${told(is)}, not ${[...owners].map(told).join(' or ')}`
  }
  return null
}
