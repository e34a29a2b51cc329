/**
 * What users of a node ask for, and when they are answered.
 */
import { rankOf } from './table.ts'
import { canRun, differing, isOthersTurn, sight } from './sight.ts'
import type { Outcome, State, Waiter } from './state.ts'
import type { Turn } from './turn.ts'
import { notReady } from './waiting.ts'

export function ask(turn: Turn, waiter: Waiter): void {
  const refusal = refuses(turn, waiter)
  if (refusal !== null) return turn.do({ type: 'answer', id: waiter.id, outcome: refusal })
  turn.state.waiters = [...turn.state.waiters, waiter]
  switch (waiter.ask) {
    case 'start':
      return start(turn, waiter.applicationType)
    case 'stop':
      return stop(turn)
    case 'takeover':
      if (waiter.applicationType !== null) turn.state.applicationType = waiter.applicationType
      turn.state.isRetired = false
      return turn.wish('takeover')
    case 'permit':
      return permit(turn, waiter.isPermitted)
    case 'leave':
      return leave(turn)
  }
}

function refuses({ state, moment }: Turn, { ask: what }: Waiter): Outcome | null {
  const { row, node, standing, isStarted, isPermitted, isRetired, waiters } = state
  if (state.isLeaving && what !== 'leave' && what !== 'stop') return { refused: 'stopped' }
  const other = differing(state)
  if (what === 'start') {
    const isStarting = waiters.some((waiter) => waiter.ask === 'start')
    if (isStarted && !isRetired && !isStarting && standing !== 'idle') return { refused: 'already_started' }
    return other === null ? null : { refused: 'table_mismatch', node: other }
  }
  if (what === 'stop') return isStarted ? null : { refused: 'not_started' }
  if (what !== 'takeover') return null
  if (rankOf(row, node) < 0) return { refused: 'not_among_nodes' }
  if (other !== null) return { refused: 'table_mismatch', node: other }
  if (!isPermitted) return { refused: 'not_permitted' }
  if (!isStarted) return { refused: 'not_started' }
  if (standing === 'running' || standing === 'starting') return { refused: 'runs_here' }
  if (sight(state)?.via !== null) return { refused: 'runs_nowhere' }
  return moment.isReady ? null : notReady
}

function start(turn: Turn, applicationType: State['applicationType']): void {
  const { state } = turn
  // Several who call it at once wait for the same start.
  const isNew = !state.isStarted || state.isRetired || (state.standing === 'idle' && state.wish === null)
  state.isStarted = true
  state.isRetired = false
  if (!isNew) return
  state.applicationType = applicationType
  turn.wish('start')
}

function stop(turn: Turn): void {
  const { state } = turn
  state.isStarted = false
  state.isRetired = true
  state.wish = null
  state.seen = null
  state.unmet = null
  state.problem = null
  turn.refuse('start', { refused: 'stopped' })
  turn.refuse('takeover', { refused: 'not_given', why: 'it was stopped here' })
  if (state.standing === 'running') turn.stop('stopped')
  else if (state.standing === 'starting') state.stopWhy = 'stopped'
  else if (state.standing === 'stopping') {
    if (state.stopWhy !== 'takenOver') state.stopWhy = 'stopped'
  } else {
    if (state.standing === 'claiming') turn.withdraw()
    Object.assign(state, { standing: 'idle', from: null, deadlineMs: Infinity, handedTo: null })
  }
}

function permit(turn: Turn, isPermitted: boolean): void {
  const { state } = turn
  const before = state.isPermitted
  state.isPermitted = isPermitted
  if (!isPermitted || !state.isStarted) return
  if (before && !state.isRetired) return
  state.isRetired = false
  // One that still stops for want of the permission has nobody to start it afterwards.
  const isEnding = state.standing === 'stopping' && state.stopWhy === 'unpermitted'
  if (isEnding || state.standing === 'idle' || state.standing === 'standby') turn.wish('permit')
}

function leave(turn: Turn): void {
  const { state } = turn
  state.isLeaving = true
  state.isPermitted = false
  state.wish = null
  turn.refuse('start', { refused: 'stopped' })
  turn.refuse('takeover', { refused: 'not_given', why: 'this node leaves' })
  if (state.standing === 'claiming') turn.withdraw()
}

/** Answers those for whom what they asked for has come about. */
export function answerWaiters(turn: Turn): void {
  const { state } = turn
  const { standing, wish } = state
  const isHere = standing === 'starting' || standing === 'running' || standing === 'stopping'
  const isSettled = standing !== 'waiting' && standing !== 'claiming' && !isHere
  const ok: Outcome = { ok: true }
  const other = differing(state)
  if (other !== null && standing === 'waiting') turn.refuse('start', { refused: 'table_mismatch', node: other })
  // It runs, here or where it did as long as the arbiter says that this node is not ready; or it cannot run anywhere.
  const runs = standing === 'running' || (standing === 'waiting' && !turn.moment.isReady && sight(state) !== null)
  if (runs || (isSettled && wish === null)) turn.refuse('start', ok)
  if (standing === 'running') turn.refuse('takeover', ok)
  else if (isSettled && wish?.why !== 'takeover')
    turn.refuse('takeover', { refused: 'not_given', why: state.problem ?? 'another node took it over' })
  const isDone = (waiter: Waiter): boolean => {
    if (waiter.ask === 'stop') return !isHere && standing !== 'claiming'
    if (waiter.ask === 'leave') return !isHere
    if (waiter.ask !== 'permit') return false
    // Somebody has said the opposite since.
    if (waiter.isPermitted !== state.isPermitted) return true
    if (!waiter.isPermitted) return !isHere
    if (!canRun(state)) return !isHere && standing !== 'claiming'
    return runs || isSettled || (standing === 'waiting' && isOthersTurn(state))
  }
  turn.answer(isDone, ok)
}
