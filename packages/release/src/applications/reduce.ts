/**
 * The reducer: what a node knows of an application, and what happens, give what it knows now, and what is to be done. Pure: the same state, event and moment give
 * the same, and nothing else is looked at.
 *
 *     event ──► take: it is written down ──► settle: what follows from all that is known ──► waiters are answered, others are told
 */
import { answerWaiters, ask } from './asks.ts'
import { begin } from './claiming.ts'
import { settle } from './settle.ts'
import { handOverMs } from './standing-by.ts'
import { rankOf } from './table.ts'
import { standOf, Turn } from './turn.ts'
import { askAgainMs, patienceMs } from './waiting.ts'
import type { Effect, Event, Moment, Peer, State } from './state.ts'

export interface Reduced {
  readonly state: State
  readonly effects: readonly Effect[]
}

export function reduce(state: State, event: Event, moment: Moment): Reduced {
  const turn = new Turn(state, moment)
  if (state.standing === 'waiting') turn.state.weight = moment.weight
  take(turn, event)
  settle(turn)
  stopAsking(turn)
  answerWaiters(turn)
  const [before, after] = [standOf(state), standOf(turn.state)]
  // What others know comes before what they are asked for: leave is of what was told. That there were more instances is told along, and is no news by itself.
  const isNews = JSON.stringify({ ...before, highest: 0 }) !== JSON.stringify({ ...after, highest: 0 })
  if (!turn.state.isDoomed && isNews) turn.effects.unshift({ type: 'tell', stand: after })
  return { state: turn.state, effects: turn.effects }
}

/** Who stands by no longer has another claim, or none. */
function stopAsking(turn: Turn): void {
  const { state } = turn
  if (state.asking === 0 || state.standing === 'standby') return
  state.asking = 0
  // What comes of the standing now is asked for after this.
  turn.effects.unshift({ type: 'unclaim' })
}

/** When the reducer is to be told of the time; null: never. */
export function nextTimeMs(state: State, nowMs: number): number | null {
  const { standing, deadlineMs, wish, row, asking, askFromMs } = state
  if (standing === 'standby' && asking === 0 && askFromMs > nowMs) return askFromMs
  if (standing === 'lost') return deadlineMs === Infinity ? null : deadlineMs
  if (standing !== 'waiting' || row.arbiter === null || wish === null) return null
  const times = [wish.notBeforeMs, wish.sinceMs + patienceMs].filter((timeMs) => timeMs > nowMs)
  return times.length === 0 ? null : Math.min(...times)
}

function take(turn: Turn, event: Event): void {
  const { state } = turn
  switch (event.type) {
    case 'greeting':
      if (!event.isOn) state.greeting.delete(event.node)
      else if (rankOf(state.row, event.node) >= 0 && !state.peers.has(event.node)) state.greeting.add(event.node)
      return
    case 'peer':
      return hear(turn, event.node, event.stand)
    case 'peerGone':
      state.peers.delete(event.node)
      state.greeting.delete(event.node)
      state.suspects.delete(event.node)
      state.grants.delete(event.node)
      state.granted.delete(event.node)
      return
    case 'suspect':
      if (event.isOn) state.suspects.add(event.node)
      else state.suspects.delete(event.node)
      return
    case 'granted':
      if (state.standing === 'claiming' && event.instance === state.instance && state.peers.has(event.node))
        state.grants.add(event.node)
      return
    case 'time':
      return
    case 'ask':
      return ask(turn, event.waiter)
    default:
      return own(turn, event)
  }
}

function hear(turn: Turn, node: string, stand: Peer): void {
  const { state } = turn
  const before = state.peers.get(node)
  state.peers.set(node, stand)
  state.greeting.delete(node)
  state.highest = Math.max(state.highest, stand.highest ?? 0, stand.instance, stand.ended?.instance ?? 0)
  // What had run before two nodes met had run before they wished: neither could know of it.
  if (before === undefined && state.wish !== null) state.wish = { ...state.wish, after: state.highest }
  if (stand.differs && before?.differs !== true) {
    const text = `${state.row.name} has another table on ${node} (release.table_mismatch): it is not started while both are connected`
    turn.report('error', text, { other: node, code: 'release.table_mismatch' })
  }
  const { ended } = stand
  const isNews = before !== undefined && ended !== null && ended.instance !== before.ended?.instance
  // Whoever called start is told, on every node, as in Erlang; a failover goes on to the next node.
  if (!isNews || ended.how !== 'failed' || !ended.isFirst || state.wish?.why !== 'start') return
  if (state.standing !== 'waiting' && state.standing !== 'claiming') return
  if (state.standing === 'claiming') turn.withdraw()
  state.wish = null
  state.isStarted = false
  state.standing = 'idle'
  state.problem = `it failed on ${node}: ${ended.why}`
  turn.refuse('start', { refused: 'start_failed', node, why: ended.why })
}

type OwnEvent = Exclude<
  Event,
  { readonly type: 'greeting' | 'peer' | 'peerGone' | 'suspect' | 'granted' | 'time' | 'ask' }
>

/** What happens to the instance of this node; what is of an older one is late, and counts for nothing. */
function own(turn: Turn, event: OwnEvent): void {
  const { state } = turn
  if (event.type === 'claimLost') {
    if (event.token === state.token) loseClaim(turn, event.why)
    return
  }
  if (state.asking !== 0 && event.instance === state.asking) return answered(turn, event)
  if (event.instance !== state.instance) return
  const { standing } = state
  switch (event.type) {
    case 'claimed':
      if (standing !== 'claiming') return
      state.token = event.token
      return begin(turn)
    case 'notClaimed':
      if (standing === 'claiming') notClaimed(turn, event.why)
      return
    case 'started':
      if (standing !== 'starting') return
      state.standing = 'running'
      state.wish = null
      state.problem = null
      if (state.stopWhy !== null) turn.stop(state.stopWhy)
      return
    case 'startFailed':
      if (standing === 'starting') failed(turn, event)
      return
    case 'ended':
      if (event.takesNodeDown && standing === 'running') state.isDoomed = true
      else if (standing === 'running') {
        turn.over('ended', event.why)
        state.isRetired = true
        state.problem = `it ended by itself: ${event.why}`
      }
      return
    // One that is being stopped has when this comes: its claim is given back then, too.
    case 'stopped':
      if (standing === 'stopping') stopped(turn)
  }
}

/** The arbiter was asked while this node stood by. */
function answered(turn: Turn, event: OwnEvent): void {
  const { state, moment } = turn
  const { seen, asking } = state
  state.asking = 0
  if (event.type !== 'claimed') state.askFromMs = moment.nowMs + askAgainMs
  else {
    // Whoever is seen to run it has no claim any more: it is lost, or does not know yet.
    turn.wish('failover', seen === null ? null : { node: seen.node, instance: seen.instance })
    Object.assign(state, { instance: asking, token: event.token, from: null })
    begin(turn)
  }
}

function notClaimed(turn: Turn, why: string): void {
  const { state, moment } = turn
  const isByHand = state.wish?.why === 'takeover'
  state.problem = why
  turn.withdraw()
  if (isByHand) state.wish = null
  else if (state.wish !== null) state.wish = { ...state.wish, notBeforeMs: moment.nowMs + askAgainMs }
}

function failed(turn: Turn, { reason, why }: Extract<Event, { readonly type: 'startFailed' }>): void {
  const { state } = turn
  const { wish, node, row, stopWhy, from } = state
  const isFirst = wish?.why === 'start'
  state.problem = `its start failed: ${why}`
  if (stopWhy === null) turn.report('error', `${row.name} did not start here: ${why}`, { reason })
  turn.over('failed', why, isFirst)
  state.wish = null
  // What it was to take over may have been lost meanwhile.
  if (from !== null) state.seen = { ...from, token: null, via: null }
  if (wish?.why !== 'takeover') state.isRetired = true
  if (isFirst) state.isStarted = false
  turn.refuse('start', { refused: 'start_failed', node, why, reason })
  turn.refuse('takeover', { refused: 'start_failed', node, why, reason })
}

function stopped(turn: Turn): void {
  const { state, moment } = turn
  const { stopWhy, yieldTo } = state
  turn.over(stopWhy ?? 'stopped', stopWhy ?? 'stopped')
  if (stopWhy === 'handedOver') {
    Object.assign(state, { standing: 'lost', handedTo: yieldTo, deadlineMs: moment.nowMs + handOverMs })
  } else if (stopWhy === 'claimLost') turn.wish('failover')
}

/** It must end here at once: another may run it. */
function loseClaim(turn: Turn, why: string): void {
  const { state } = turn
  const { standing, row } = state
  if (standing !== 'starting' && standing !== 'running' && standing !== 'stopping') return
  state.problem = `its claim was lost: ${why}`
  turn.report('warning', `The claim of ${row.name} was lost (${why}): it is stopped here`, { token: state.token })
  const before = state.stopWhy
  // A start cannot be asked to end.
  turn.stop(before === 'stopped' ? 'stopped' : 'claimLost', standing === 'starting' ? 0 : row.lostMs)
}
