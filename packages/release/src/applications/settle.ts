/**
 * What a node does next about an application, given what it knows: the rules of who runs it. Each is a look at the state, never at how it came about, so
 * that news which comes late, twice or in another order leads to the same end.
 *
 *     idle ─► waiting ─► claiming ─► starting ─► running ─► stopping ─► idle
 *               │  ▲        │ another's turn, or it runs elsewhere
 *               ▼  │        ▼
 *             standby ──► lost ──(its time is over)──► waiting
 *
 * Without an arbiter a node that claims needs leave of every connected node that could run it, too. Of two that claim at once the weaker gives leave, and loses the
 * leave that it had; who starts or runs it gives none. So of nodes that are connected to each other one runs it. Nodes that are not may both: then they see it when they
 * are connected, and the one that the table names later stops.
 */
import { rankOf, isNamedBefore } from './table.ts'
import {
  canRun,
  differing,
  hasLeave,
  isAnybody,
  isAnybodyReady,
  isMyTurn,
  isNowhere,
  isSame,
  isStronger,
  sight,
  soundPeers,
} from './sight.ts'
import type { Instance, Seen, State } from './state.ts'
import type { Turn } from './turn.ts'

/** How long a node that gave up its claim for another waits for that to begin. */
export const handOverMs = 10_000
/** How long it leaves an arbiter to nodes with a better place. */
export const patienceMs = 2000
/** How soon an arbiter that said no is asked again. */
export const askAgainMs = 1000

/** Goes on until nothing follows any more. */
export function settle(turn: Turn): void {
  // Each round goes one standing on; there is no circle of more than these.
  for (let round = 0; round < 16 && settleOnce(turn); round++);
  giveLeave(turn)
}

/** @returns whether anything has changed. */
function settleOnce(turn: Turn): boolean {
  const { state } = turn
  if (state.isDoomed) return false
  switch (state.standing) {
    case 'idle':
    case 'standby':
      return rest(turn)
    case 'lost':
      return waitForReturn(turn)
    case 'waiting':
      return wait(turn)
    case 'claiming':
      return state.row.arbiter === null ? claimAmongNodes(turn) : claimByArbiter(turn)
    case 'running':
      return run(turn)
    case 'starting':
    case 'stopping':
      return false
  }
}

function rest(turn: Turn): boolean {
  const { state } = turn
  if (state.wish !== null) {
    state.standing = 'waiting'
    state.weight = turn.moment.weight
    return true
  }
  const before = state.standing
  const seen = sight(state)
  if (seen !== null && state.isStarted) {
    state.standing = 'standby'
    state.seen = seen
    // Whatever went wrong here before: it was started anew since, and may have to run here again.
    if (seen.instance > (state.ended?.instance ?? 0)) state.isRetired = false
    if (isToMove(state, seen)) {
      turn.wish('permit')
      return true
    }
    askAllTheSame(turn, seen)
    return before !== 'standby'
  }
  // How it ends is said when it has.
  if (state.seen !== null && isStopping(state, state.seen)) return false
  // It was started here once, and somebody starts it again: then all that were told to have a part in it.
  if (before === 'idle' && seen === null && state.isStarted && canRun(state) && isStartedAnew(state)) {
    turn.wish('start')
    return true
  }
  state.standing = 'idle'
  const gone = state.seen
  state.seen = null
  if (gone === null || seen !== null || !state.isStarted || !isLost(state, gone)) return before !== 'idle'
  if (!canRun(state)) return before !== 'idle'
  state.standing = 'lost'
  state.from = { node: gone.node, instance: gone.instance }
  state.deadlineMs = turn.moment.nowMs + state.row.timeoutMs
  return true
}

/**
 * An arbiter that decides by itself may have decided for this node, and one that gives to whoever asks may have taken the claim from a node that is silent: they
 * are asked while it still seems to run elsewhere.
 */
function askAllTheSame(turn: Turn, seen: Seen): void {
  const { state, moment } = turn
  const { arbiter } = state.row
  const mayKnowBetter = arbiter !== null && (arbiter.decides || state.suspects.has(seen.node))
  if (!mayKnowBetter || !canRun(state) || differing(state) !== null) {
    if (state.asking !== 0) turn.do({ type: 'unclaim' })
    state.asking = 0
  } else if (state.asking === 0 && moment.nowMs >= state.askFromMs) {
    state.asking = turn.number()
    turn.do({ type: 'claim', instance: state.asking })
  }
}

/** Somebody wants it to run, and knew of all that ran before. */
function isStartedAnew(state: State): boolean {
  for (const [, peer] of soundPeers(state))
    if (peer.standing === 'waiting' && peer.wishedAfter >= state.highest) return true
  return false
}

function isStopping({ peers }: State, { node, instance }: Seen): boolean {
  const runner = peers.get(node)
  return runner?.standing === 'stopping' && runner.instance === instance
}

/** Whether what was seen to run has ended without anybody wanting it to. */
function isLost(state: State, gone: Seen): boolean {
  const teller = state.peers.get(gone.via ?? gone.node)
  if (teller === undefined) return true
  // Who has no part in it any more does not say that it has ended.
  if (gone.via !== null) return teller.standing !== 'idle' || !teller.isStarted
  const how = teller.ended?.instance === gone.instance ? teller.ended.how : null
  return how === 'claimLost' || how === 'handedOver'
}

function waitForReturn(turn: Turn): boolean {
  const { state, moment } = turn
  const leave = (standing: State['standing']): true => {
    Object.assign(state, { standing, from: null, deadlineMs: Infinity, handedTo: null })
    return true
  }
  if (sight(state) !== null || !canRun(state)) return leave('idle')
  if (state.wish !== null) {
    state.weight = moment.weight
    return leave('waiting')
  }
  const heir = state.handedTo === null ? undefined : state.peers.get(state.handedTo)
  const isHeirAtWork = heir?.standing === 'claiming' || heir?.standing === 'starting'
  if (state.handedTo !== null ? isHeirAtWork && moment.nowMs < state.deadlineMs : moment.nowMs < state.deadlineMs)
    return false
  turn.wish('failover', state.handedTo === null ? state.from : null)
  state.weight = moment.weight
  return leave('waiting')
}

function wait(turn: Turn): boolean {
  const { state } = turn
  const { wish, row } = state
  if (wish === null) {
    state.standing = 'idle'
    return true
  }
  const seen = sight(state)
  if (seen !== null) {
    if (!mayTakeOver(state, seen)) return isToMove(state, seen) ? false : give(turn)
    if (isAnybody(state, 'starting')) return false
    if (!turn.moment.isReady) {
      // It is looked at again; meanwhile it goes on where it runs.
      state.wish = { ...wish, notBeforeMs: turn.moment.nowMs + askAgainMs }
      return false
    }
    return mayAsk(turn) && claim(turn, { node: seen.node, instance: seen.instance })
  }
  if (wish.why === 'takeover') {
    turn.refuse('takeover', { refused: 'not_given', why: 'it does not run any more' })
    return give(turn)
  }
  if (isNowhere(state)) return give(turn)
  if (isAnybody(state, 'starting') || !canRun(state) || differing(state) !== null) return false
  if (isMyTurn(state, null)) return mayAsk(turn) && claim(turn, null)
  if (row.arbiter === null) return false
  // Only one gets the claim, whoever asks: where the arbiter decides, all do; else the others have their turn after a while.
  const isPatient = !row.arbiter.decides && turn.moment.nowMs < wish.sinceMs + patienceMs
  return !isPatient && mayAsk(turn) && claim(turn, null)
}

/** What was wished for has come about, or cannot. */
function give(turn: Turn): true {
  turn.state.wish = null
  turn.state.standing = 'idle'
  return true
}

function mayAsk({ state, moment }: Turn): boolean {
  return state.row.arbiter === null || moment.nowMs >= state.wish!.notBeforeMs
}

/** It must not go on where it runs: somebody takes it over, if not this node. */
function isToMove(state: State, { node, via }: Seen): boolean {
  return via === null && canRun(state) && differing(state) === null && state.peers.get(node)?.isPermitted === false
}

function mayTakeOver(state: State, seen: Seen): boolean {
  const { wish, row, node } = state
  if (seen.via !== null || !canRun(state) || differing(state) !== null) return false
  if (wish?.why === 'takeover') return true
  if (state.peers.get(seen.node)?.isPermitted === false) return isMyTurn(state, seen)
  return (wish?.why === 'start' || wish?.why === 'permit') && rankOf(row, node) < rankOf(row, seen.node)
}

function claim(turn: Turn, from: Instance | null): true {
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

function claimAmongNodes(turn: Turn): boolean {
  const { state } = turn
  const seen = sight(state)
  const isStale = state.from === null ? seen !== null : !isSame(state.from, seen)
  if (isStale || isAnybody(state, 'starting') || !canRun(state) || differing(state) !== null || state.wish === null) {
    turn.withdraw()
    return true
  }
  if (!hasLeave(state)) return false
  begin(turn)
  return true
}

function claimByArbiter(turn: Turn): boolean {
  const { state } = turn
  const seen = sight(state)
  const isElsewhere = seen !== null && !isSame(state.from, seen)
  if (isElsewhere || isAnybody(state, 'starting') || !canRun(state) || state.wish === null) {
    turn.withdraw()
    return true
  }
  // Whoever runs it gives its claim back first.
  const holder = state.from === null ? undefined : state.peers.get(state.from.node)
  const isThere = holder?.instance === state.from?.instance && holder?.differs === false
  if (state.hasAsked || (isThere && (holder.standing === 'running' || holder.standing === 'stopping'))) return false
  state.hasAsked = true
  turn.do({ type: 'claim', instance: state.instance })
  return false
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

function run(turn: Turn): boolean {
  const { state } = turn
  const own: Instance = { node: state.node, instance: state.instance }
  const stop = (how: 'takenOver' | 'conflict' | 'unpermitted' | 'handedOver'): true => {
    turn.stop(how)
    return true
  }
  for (const [name, peer] of soundPeers(state)) {
    if (peer.standing === 'claiming' && state.row.arbiter !== null && isSame(peer.from, own)) {
      state.yieldTo = name
      return stop('handedOver')
    }
    if (peer.standing !== 'running') continue
    const theirs = { node: name, instance: peer.instance }
    if (isSame(peer.from, own)) return stop('takenOver')
    // It will stop, or where claims count, its claim is over and it will hear of it.
    if (isSame(state.from, theirs) || state.row.arbiter !== null || isNamedBefore(state.row, state.node, name)) continue
    const text = `${state.row.name} runs here and on ${name}, which were not connected: here it stops`
    turn.report('warning', text, { other: name })
    return stop('conflict')
  }
  return state.isPermitted || isAnybodyReady(state) ? false : stop('unpermitted')
}

/** Answers the claims of others. */
function giveLeave(turn: Turn): void {
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
