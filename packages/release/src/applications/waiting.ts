/**
 * The rules for a node that wants an application to run: whether it runs already, whose turn it is, and whether it is taken over.
 */
import { claim } from './claiming.ts'
import { canRun, differing, isAnybody, isMyTurn, isNowhere, isOutdone, isToMove, sight } from './sight.ts'
import { rankOf } from './table.ts'
import type { Outcome, Seen, State } from './state.ts'
import type { Turn } from './turn.ts'

/** How long it leaves an arbiter to nodes with a better place. */
export const patienceMs = 2000
/** How soon an arbiter that said no is asked again. */
export const askAgainMs = 1000

/** Of a takeover by hand. */
export const notReady: Outcome = { refused: 'not_given', why: 'its arbiter says that this node is not ready for it' }

export function wait(turn: Turn): boolean {
  const { state } = turn
  const { wish, row } = state
  if (wish === null) {
    state.standing = 'idle'
    return true
  }
  const seen = sight(state)
  if (seen !== null) {
    if (!mayTakeOver(state, seen)) {
      if (isToMove(state, seen)) return false
      if (isBeforeIts(state, seen) && seen.via !== null) state.unmet = { node: seen.node, instance: seen.instance }
      return give(turn)
    }
    if (isAnybody(state, 'starting') || (row.arbiter === null && isOutdone(state, seen))) return false
    if (!turn.moment.isReady) {
      if (wish.why === 'takeover') {
        // Somebody waits for it, and it may be long: it can be called again.
        turn.refuse('takeover', notReady)
        return give(turn)
      }
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

function mayTakeOver(state: State, seen: Seen): boolean {
  const { wish } = state
  if (seen.via !== null || !canRun(state) || differing(state) !== null) return false
  if (wish?.why === 'takeover') return true
  if (state.peers.get(seen.node)?.isPermitted === false) return isMyTurn(state, seen)
  return isBeforeIts(state, seen)
}

/** Its place in the table is a better one, and it has just come to be there. */
function isBeforeIts({ wish, row, node }: State, seen: Seen): boolean {
  return (wish?.why === 'start' || wish?.why === 'permit') && rankOf(row, node) < rankOf(row, seen.node)
}
