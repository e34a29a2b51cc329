/**
 * What follows from what the nodes have said: who runs an application, whose turn it is, whose claim is stronger. Pure.
 */
import { isNamedBefore, rankOf } from './table.ts'
import type { Instance, Peer, Seen, State } from './state.ts'

/** Peers that may run it, by a table that is the same. */
export function* soundPeers({ peers, row }: State): Generator<readonly [string, Peer]> {
  for (const entry of peers) if (!entry[1].differs && rankOf(row, entry[0]) >= 0) yield entry
}

export function isSame(one: Instance | null, other: Instance | null): boolean {
  return one !== null && other !== null && one.node === other.node && one.instance === other.instance
}

/** Where it is seen to run elsewhere; one that has been taken over is not what counts. */
export function sight(state: State): Seen | null {
  const running = [...soundPeers(state)].filter(([, { standing }]) => standing === 'running')
  let best: readonly [string, Peer] | null = null
  for (const [node, peer] of running) {
    const isTakenOver = running.some(([, other]) => isSame(other.from, { node, instance: peer.instance }))
    if (isTakenOver) continue
    if (best === null || goesBefore(state, [node, peer], best)) best = [node, peer]
  }
  if (best !== null) return { node: best[0], instance: best[1].instance, token: best[1].token, via: null }
  const successor = begun(state)
  if (successor !== null) return successor
  for (const [via, { sees }] of soundPeers(state))
    // Of a connected node nobody else has to tell, and of this one neither.
    if (sees !== null && sees.node !== state.node && !state.peers.has(sees.node)) return { ...sees, token: null, via }
  return null
}

/**
 * The end of the old instance may be heard before the beginning of the one that took it over: they come from different nodes. Who has seen that one run is to be believed, as
 * long as its own node has said no more of that very instance than that it is to begin.
 */
function begun(state: State): Seen | null {
  for (const [, { sees }] of soundPeers(state)) {
    const runner = sees === null ? undefined : state.peers.get(sees.node)
    if (sees === null || runner === undefined || runner.instance !== sees.instance) continue
    if (runner.standing === 'claiming' || runner.standing === 'starting')
      return { ...sees, token: runner.token, via: null }
  }
  return null
}

function goesBefore({ row }: State, [one, a]: readonly [string, Peer], [other, b]: readonly [string, Peer]): boolean {
  if (a.token !== b.token) return (a.token ?? 0) > (b.token ?? 0)
  return isNamedBefore(row, one, other)
}

export function isAnybody(state: State, standing: Peer['standing']): boolean {
  for (const [, peer] of soundPeers(state)) if (peer.standing === standing) return true
  return false
}

/** The table of a connected node that counts differs. */
export function differing({ row, node, peers }: State): string | null {
  for (const [name, { differs }] of peers)
    if (differs && (rankOf(row, name) >= 0 || rankOf(row, node) >= 0)) return name
  return null
}

/** Whether this node may run it. */
export function canRun({ row, node, isPermitted, isRetired }: State): boolean {
  return rankOf(row, node) >= 0 && isPermitted && !isRetired
}

function couldRun({ isPermitted, isRetired }: Peer): boolean {
  return isPermitted && !isRetired
}

/** Other nodes that may run it and were told to: one of them takes it over from a node that may not. */
export function isAnybodyReady(state: State): boolean {
  for (const [, peer] of soundPeers(state)) if (couldRun(peer) && peer.isStarted) return true
  return false
}

/** No connected node may run it. */
export function isNowhere(state: State): boolean {
  if (canRun(state) || state.greeting.size > 0) return false
  for (const [, peer] of soundPeers(state)) if (couldRun(peer)) return false
  return true
}

/**
 * Whether it is this node's turn: no node with a better place could run it, and of those with the same place, which all have to say that they want to, it has
 * the fewest applications; of those with as many, the least name.
 */
export function isMyTurn(state: State, from: Instance | null): boolean {
  if (!canRun(state) || state.greeting.size > 0) return false
  const own = rankOf(state.row, state.node)
  for (const [name, peer] of soundPeers(state)) {
    if (name === from?.node || !couldRun(peer)) continue
    // Where it runs already, those who were not told to run it are not waited for.
    const isIn = peer.standing === 'waiting' || peer.standing === 'claiming' || peer.standing === 'standby'
    if (from !== null && !(peer.isStarted && isIn)) continue
    const rank = rankOf(state.row, name)
    if (rank > own) continue
    if (rank < own) return false
    if (peer.standing === 'lost' && peer.from?.node === state.node) continue
    if (peer.standing !== 'waiting' && peer.standing !== 'claiming') return false
    if (peer.weight < state.weight || (peer.weight === state.weight && name < state.node)) return false
  }
  return true
}

/** Whether a node with a better place could run it. */
export function isOthersTurn(state: State): boolean {
  const own = rankOf(state.row, state.node)
  if (!canRun(state)) return true
  for (const [name, peer] of soundPeers(state)) {
    const rank = rankOf(state.row, name)
    if (rank < own && couldRun(peer)) return true
  }
  return false
}

/** Of two nodes that claim it at the same time, which one waits. The same on both. */
export function isStronger(state: State, name: string, { weight }: Peer): boolean {
  const [own, other] = [rankOf(state.row, state.node), rankOf(state.row, name)]
  if (own !== other) return other < own
  if (weight !== state.weight) return weight < state.weight
  return name < state.node
}

/**
 * A stronger one claims what this node would take over, too. What is there gives leave to one of them only, whichever came first: if the weaker did not make way,
 * each would have some leave, and neither all.
 */
export function isOutdone(state: State, from: Instance | null = state.from): boolean {
  if (from === null) return false
  for (const [name, peer] of soundPeers(state))
    if (peer.standing === 'claiming' && isSame(peer.from, from) && isStronger(state, name, peer)) return true
  return false
}

/** Every node that could run it has given leave to this one's claim. */
export function hasLeave(state: State): boolean {
  if (state.greeting.size > 0) return false
  for (const [name] of soundPeers(state)) if (!state.grants.has(name)) return false
  return true
}

/** It must not go on where it runs: somebody takes it over, if not this node. */
export function isToMove(state: State, { node, via }: Seen): boolean {
  return via === null && canRun(state) && differing(state) === null && state.peers.get(node)?.isPermitted === false
}

/** An arbiter that decides by itself may have decided already; one of claims may have taken that of a node that is silent. */
export function mayKnowBetter({ row, suspects }: State, runner: string): boolean {
  return row.arbiter !== null && (row.arbiter.decides || suspects.has(runner))
}
