/**
 * Whether a cluster that was left alone is as the model says: the invariants of SD Erlang's operational semantics, and more of them.
 *
 * All nodes are up, and nothing is cut. Says what is wrong, or null.
 */
import { membersOf, nodesIn, type Members, type Model, type ModelGroup } from './model.ts'
import { homeOf, short, type GroupSnapshot, type Snapshot } from './stage.ts'

/** How a group stands at each node that takes itself for a member. */
export type Claims = Map<string, Map<string, GroupSnapshot>>

export function wrongAtRest(nodes: readonly Snapshot[], model: Model): string | null {
  const claims = claimsOf(nodes)
  return (
    wrongMembers(claims, model) ??
    wrongFree(nodes) ??
    wrongLogs(claims) ??
    wrongEdges(nodes, claims, model) ??
    wrongNames(nodes, claims, model)
  )
}

/** By the id of the group, and then by node. */
export function claimsOf(nodes: readonly Snapshot[]): Claims {
  const claims: Claims = new Map()
  for (const { node, groups } of nodes)
    for (const group of groups) {
      const { id } = group.view
      claims.set(id, (claims.get(id) ?? new Map<string, GroupSnapshot>()).set(node, group))
    }
  return claims
}

export const firstOf = (claims: ReadonlyMap<string, GroupSnapshot>): readonly [node: string, group: GroupSnapshot] =>
  [...claims][0]!

/** The members of a group as all of them have it; null while they differ (I1, I8). */
function agreed(claims: ReadonlyMap<string, GroupSnapshot>): string | null {
  const views = [...claims.values()].map(({ view }) => view)
  const members = new Set(views.map(({ nodes }) => membersOf(nodes.map(short))))
  const epochs = new Set(views.map(({ generation, epoch }) => `${generation}.${epoch}`))
  const claimants = membersOf(claims.keys())
  return members.size === 1 && epochs.size === 1 && members.has(claimants) ? claimants : null
}

function wrongMembers(all: Claims, model: Model): string | null {
  for (const [id, claims] of all) {
    const { name } = firstOf(claims)[1].view
    const members = agreed(claims)
    const told = [...claims].map(([node, { view }]) => `${node}:${membersOf(view.nodes.map(short))}`).join(' ')
    if (members === null) return `the members of ${name} do not agree: ${told}`
    const group = model.groups.get(id)
    if (group === undefined) {
      const isKnown = model.stillborn.some(
        (one) => one.name === name && nodesIn(members).every((node) => one.members.includes(node)),
      )
      if (!isKnown) return `nobody has founded this ${name}: ${told}`
    } else {
      const mayBe = [...(model.mayHaveForgotten(group) ? group.past : group.possible)].some((one) =>
        isSame(one, members, strayed(all, group, model)),
      )
      if (!mayBe) return `${name} has the members ${members}, not ${[...group.possible].join(' or ')}`
    }
  }
  for (const group of model.list) {
    const mayBeGone = group.possible.has('') || model.mayBeGone(group)
    if (!all.has(group.id) && !mayBeGone) return `${group.name} is gone, not ${[...group.possible].join(' or ')}`
  }
  return null
}

/**
 * Nodes that are or were in another group of that name since, which they could be as they did not know of this one: they have forgotten it, or nobody knows whether
 * they were added to it. They are taken off its list.
 */
function strayed(all: Claims, { id, name, possible }: ModelGroup, model: Model): Set<string> {
  const others = [...all].filter(([other, claims]) => other !== id && firstOf(claims)[1].view.name === name)
  const gone = model.list.filter((group) => group.id !== id && group.name === name)
  const nodes = [
    ...others.flatMap(([, claims]) => [...claims.keys()]),
    ...gone.flatMap(({ past }) => [...past].flatMap(nodesIn)),
  ]
  const isDoubtful = (node: string): boolean => ![...possible].every((members) => members.includes(node))
  return new Set(nodes.filter((node) => model.crashed.has(node) || isDoubtful(node)))
}

function isSame(wanted: Members, members: Members, without: ReadonlySet<string>): boolean {
  return (
    nodesIn(wanted).every((node) => members.includes(node) || without.has(node)) &&
    nodesIn(members).every((node) => wanted.includes(node))
  )
}

/** A node is free when it is in no group, and only then (I1). */
function wrongFree(nodes: readonly Snapshot[]): string | null {
  const wrong = nodes.find(({ isFree, groups }) => isFree !== (groups.length === 0))
  return wrong === undefined ? null : `${wrong.node} takes itself for free and is in a group, or the other way round`
}

/** Every group can decide: all members share its names, and its log has one leader, who is a member, and as many voters as there may be. */
function wrongLogs(all: Claims): string | null {
  for (const claims of all.values()) {
    const members = membersOf(claims.keys())
    const leaders = new Set<string | null>()
    for (const [node, { view, leader, voters, present }] of claims) {
      if (membersOf(present) !== members)
        return `${node} shares the names of ${view.name} with ${membersOf(present)} only`
      leaders.add(leader)
      const wanted = Math.min(5, claims.size)
      if (voters.length !== wanted || voters.some((voter) => !claims.has(voter)))
        return `of the members ${members} of ${view.name} ${membersOf(voters)} vote, as ${node} has it`
    }
    const [leader] = leaders
    if (leaders.size > 1 || leader === null || !claims.has(leader!))
      return `the members of ${firstOf(claims)[1].view.name} follow ${[...leaders].join(' and ')}`
  }
  return null
}

/** Connections are there both ways, within each group, and nowhere else but where somebody asked (I2, I3, I7). */
function wrongEdges(nodes: readonly Snapshot[], all: Claims, model: Model): string | null {
  const wanted = new Set<string>()
  for (const claims of all.values())
    for (const one of claims.keys()) for (const other of claims.keys()) if (one !== other) wanted.add(one + other)
  const edges = new Set(nodes.flatMap(({ node, connected }) => connected.map((other) => node + other)))
  for (const edge of edges) {
    const [one, other] = nodesIn(edge) as [string, string]
    if (!edges.has(other + one)) return `the connection ${edge} is there for one side only`
    if (!wanted.has(edge) && !model.isAsked(one, other)) return `nobody needs the connection ${edge}`
  }
  const missing = [...wanted, ...model.kept].find((edge) => !edges.has(edge))
  return missing === undefined ? null : `the connection ${missing} is missing`
}

/** All members have the same names, of living processes of members, one each; and what was acknowledged holds (I4, I5, I6). */
function wrongNames(nodes: readonly Snapshot[], all: Claims, model: Model): string | null {
  const alive = new Set(nodes.flatMap((node) => node.alive))
  for (const [id, claims] of all) {
    const [first, { view, names }] = firstOf(claims)
    const table = new Map(names)
    for (const [node, other] of claims) {
      const there = new Map(other.names)
      const differs = [...new Set([...table.keys(), ...there.keys()])].find(
        (name) => table.get(name) !== there.get(name),
      )
      if (differs !== undefined)
        return `${view.name}/${differs} is ${table.get(differs) ?? 'nobody'} at ${first} and ${there.get(differs) ?? 'nobody'} at ${node}`
    }
    if (new Set(table.values()).size !== table.size) return `a process has two names in ${view.name}`
    for (const [name, pid] of table) {
      if (!claims.has(homeOf(pid))) return `${view.name}/${name} is a process of ${homeOf(pid)}, which is no member`
      if (!alive.has(pid)) return `${view.name}/${name} is dead`
    }
    const known = model.groups.get(id)
    const wrong = known === undefined ? null : wrongOwners(known, table, alive, strayed(all, known, model), model)
    if (wrong !== null) return wrong
  }
  return null
}

function wrongOwners(
  group: ModelGroup,
  table: ReadonlyMap<string, string>,
  alive: ReadonlySet<string>,
  strays: ReadonlySet<string>,
  model: Model,
): string | null {
  const mayBeLost = group.mode === 'agree' ? model.mayHaveForgotten(group) : model.mayBeGone(group)
  const mayHaveLostIt = (pid: string): boolean => {
    const home = homeOf(pid)
    return (
      model.mayHaveWithdrawn(group, home) ||
      strays.has(home) ||
      ![...group.past].every((members) => members.includes(home)) ||
      !alive.has(pid)
    )
  }
  for (const name of new Set([...group.names.keys(), ...table.keys()])) {
    const owners = group.owners(name)
    const is = table.get(name) ?? null
    if (owners.has(is)) continue
    if (is === null && (mayBeLost || [...owners].some((pid) => pid !== null && mayHaveLostIt(pid)))) continue
    return `${group.name}/${name} is ${is ?? 'nobody'}, not ${[...owners].map((pid) => pid ?? 'nobody').join(' or ')}`
  }
  return null
}
