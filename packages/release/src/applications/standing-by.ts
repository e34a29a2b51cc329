/**
 * The rules for a node that does not run an application and does not want to just now: it stands by for the one that does, and notices when that is lost.
 */
import { canRun, differing, isSame, isToMove, mayKnowBetter, sight, soundPeers } from './sight.ts'
import type { Seen, State } from './state.ts'
import { rankOf } from './table.ts'
import type { Turn } from './turn.ts'

/** How long a node that gave up its claim for another waits for that to begin. */
export const handOverMs = 10_000

/** `idle` or `standby`. */
export function rest(turn: Turn): boolean {
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
    const hasMet = seen.via === null && isSame(state.unmet, seen)
    if (hasMet) state.unmet = null
    // Not as its start, which was answered: one that fails now leaves it standing by.
    if (isToMove(state, seen) || (hasMet && canRun(state))) {
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
  if (rankOf(state.row, state.node) < 0) return before !== 'idle'
  // One that may not run it now says so all the same: there may be those who know of it by this node alone.
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
  if (!mayKnowBetter(state, seen.node) || !canRun(state) || differing(state) !== null) {
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
  const { ended } = teller
  // It runs there, by a table that does not count; or that node does not know of it any more, since this is another life of it.
  if (teller.standing === 'running' && teller.instance === gone.instance) return false
  if (ended === null || ended.instance < gone.instance) return true
  return ended.instance === gone.instance && (ended.how === 'claimLost' || ended.how === 'handedOver')
}

/** `lost`: until the time of the other node is over. */
export function waitForReturn(turn: Turn): boolean {
  const { state, moment } = turn
  const leave = (standing: State['standing']): true => {
    Object.assign(state, { standing, from: null, deadlineMs: Infinity, handedTo: null })
    return true
  }
  if (sight(state) !== null) return leave('idle')
  if (state.wish !== null) {
    state.weight = moment.weight
    return leave('waiting')
  }
  const heir = state.handedTo === null ? undefined : state.peers.get(state.handedTo)
  const isHeirAtWork = heir?.standing === 'claiming' || heir?.standing === 'starting'
  if (state.handedTo !== null ? isHeirAtWork && moment.nowMs < state.deadlineMs : moment.nowMs < state.deadlineMs)
    return false
  if (!canRun(state)) return leave('idle')
  turn.wish('failover', state.handedTo === null ? state.from : null)
  state.weight = moment.weight
  return leave('waiting')
}
