/**
 * What a node does next about an application, given what it knows: the rules of who runs it. Each is a look at the state, never at how it came about, so
 * that news which comes late, twice or in another order leads to the same end.
 *
 *     idle ─► waiting ─► claiming ─► starting ─► running ─► stopping ─► idle
 *               │  ▲        │ another's turn, or it runs elsewhere
 *               ▼  │        ▼
 *             standby ──► lost ──(its time is over)──► waiting
 *
 * Nodes that are not connected may both run it: then they see it when they are, and the one that the table names later stops.
 */
import { claimAmongNodes, claimByArbiter, giveLeave } from './claiming.ts'
import { isAnybodyReady, isSame, soundPeers } from './sight.ts'
import { rest, waitForReturn } from './standing-by.ts'
import { isNamedBefore } from './table.ts'
import type { Instance, Seen } from './state.ts'
import type { Turn } from './turn.ts'
import { wait } from './waiting.ts'

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

function run(turn: Turn): boolean {
  const { state } = turn
  const own: Instance = { node: state.node, instance: state.instance }
  const stop = (how: 'takenOver' | 'conflict' | 'unpermitted' | 'handedOver', successor: Seen | null = null): true => {
    // It may be lost before this one has stopped.
    state.seen = successor
    turn.stop(how)
    return true
  }
  for (const [name, peer] of soundPeers(state)) {
    if (peer.standing === 'claiming' && state.row.arbiter !== null && isSame(peer.from, own)) {
      state.yieldTo = name
      return stop('handedOver')
    }
    if (peer.standing !== 'running') continue
    const theirs: Seen = { node: name, instance: peer.instance, token: peer.token, via: null }
    if (isSame(peer.from, own)) return stop('takenOver', theirs)
    // It will stop, or where claims count, its claim is over and it will hear of it.
    if (isSame(state.from, theirs) || state.row.arbiter !== null || isNamedBefore(state.row, state.node, name)) continue
    const text = `${state.row.name} runs here and on ${name}, which were not connected: here it stops`
    turn.report('warning', text, { other: name })
    return stop('conflict', theirs)
  }
  return state.isPermitted || isAnybodyReady(state) ? false : stop('unpermitted')
}
