/**
 * Claims: a node asks for leave to run an application, of the other nodes or of an arbiter, and starts it when it has that.
 *
 * Without an arbiter it needs leave of every connected node that could run it, too. Of two that claim at once the weaker gives leave, and loses the leave that it
 * had; who starts or runs it gives none, but to the one that takes it over. So of nodes that are connected to each other one runs it.
 */
import {
  canRun,
  differing,
  hasLeave,
  isAnybody,
  isSame,
  isOutdone,
  isStronger,
  mayKnowBetter,
  sight,
  soundPeers,
} from './sight.ts'
import { rankOf } from './table.ts'
import type { Instance, State } from './state.ts'
import type { Turn } from './turn.ts'

export function claim(turn: Turn, from: Instance | null): true {
  const { state } = turn
  state.standing = 'claiming'
  state.instance = turn.number()
  state.from = from
  state.problem = null
  state.grants.clear()
  // Whoever was given leave before is asked now.
  state.granted.clear()
  state.hasAsked = false
  return true
}

export function claimAmongNodes(turn: Turn): boolean {
  const { state } = turn
  const seen = sight(state)
  const isStale = state.from === null ? seen !== null : !isSame(state.from, seen)
  if (
    isStale ||
    isOutdone(state) ||
    isAnybody(state, 'starting') ||
    !canRun(state) ||
    differing(state) !== null ||
    state.wish === null
  ) {
    turn.withdraw()
    return true
  }
  if (!hasLeave(state)) return false
  begin(turn)
  return true
}

export function claimByArbiter(turn: Turn): boolean {
  const { state } = turn
  const seen = sight(state)
  const isElsewhere = seen !== null && !isSame(state.from, seen)
  if (isElsewhere || isAnybody(state, 'starting') || !canRun(state) || state.wish === null) {
    turn.withdraw()
    return true
  }
  if (state.hasAsked || isGivenBackFirst(state)) return false
  state.hasAsked = true
  turn.do({ type: 'claim', instance: state.instance })
  return false
}

/** Whoever runs it gives its claim back before it is asked for, unless the arbiter may know of no such claim. */
function isGivenBackFirst(state: State): boolean {
  const { from, peers } = state
  if (from === null || mayKnowBetter(state, from.node)) return false
  const holder = peers.get(from.node)
  return holder?.instance === from.instance && (holder.standing === 'running' || holder.standing === 'stopping')
}

/** Starts what is claimed. */
export function begin(turn: Turn): void {
  const { state } = turn
  const { row, instance, token, wish, from, applicationType } = state
  const lostFrom = wish?.why === 'failover' && row.application.definition.startPhases !== undefined ? wish.from : null
  const type = from !== null ? 'takeover' : lostFrom !== null ? 'failover' : 'normal'
  state.standing = 'starting'
  state.seen = null
  state.grants.clear()
  const startType = { type, from: from?.node ?? lostFrom?.node ?? null, token } as const
  turn.do({ type: 'start', instance, startType, applicationType })
}

/** Answers the claims of others. */
export function giveLeave(turn: Turn): void {
  const { state } = turn
  if (state.row.arbiter !== null || state.isDoomed || rankOf(state.row, state.node) < 0) return
  const taker = state.yieldTo === null ? undefined : state.peers.get(state.yieldTo)
  const own = { node: state.node, instance: state.instance }
  const isTaking = taker?.standing === 'claiming' || taker?.standing === 'starting'
  if (!isTaking || !isSame(taker?.from ?? null, own)) state.yieldTo = null
  for (const [name, peer] of soundPeers(state)) {
    if (peer.standing !== 'claiming') state.granted.delete(name)
    else if (state.granted.get(name) !== peer.instance && mayGive(state, name)) {
      state.granted.set(name, peer.instance)
      if (state.standing === 'running') state.yieldTo = name
      state.grants.delete(name)
      turn.do({ type: 'grant', node: name, instance: peer.instance })
    }
  }
}

function mayGive(state: State, name: string): boolean {
  const peer = state.peers.get(name)!
  switch (state.standing) {
    case 'starting':
    case 'stopping':
      return false
    case 'running': {
      const isMine = isSame(peer.from, { node: state.node, instance: state.instance })
      return isMine && (state.yieldTo === null || state.yieldTo === name)
    }
    case 'claiming':
      return isStronger(state, name, peer)
    default:
      return true
  }
}
