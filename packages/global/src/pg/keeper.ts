/**
 * The keeper of a scope: follows the keepers of other nodes, and tells them what happens here. It asks nobody for leave and waits for nobody.
 *
 *     a node comes:   keeper ── discover ──► keeper          all that it has is the answer; from now on it tells of changes
 *                     keeper ◄── state ──── keeper           who tells, and was not told yet, is told
 *                     keeper ◄── update 7, 8, … ── keeper    one a turn, whatever happened in it
 *     a node goes:    the monitor of its keeper fires; all of its members leave
 *
 * Each tells of its own processes alone, and to those that it is connected with: nothing is passed on. So a partition has each side see its own
 * members, and a heal brings all of them back, without a lock and without a third.
 */
import type { AnyPid, CallbackBody, Process, Ref } from '@agner/core'
import { messageOf } from '@agner/core/kernel'
import type { Distribution } from '@agner/distribution'
import { membersPerMessage } from './limits.ts'
import type { LocalScope } from './local.ts'
import { inParts, readMessage, toChange, type FromKeeper, type StatePart, type Update } from './messages.ts'
import { PgPeers, type Heard, type Peer } from './peers.ts'
import type { Change } from './table.ts'

export interface KeeperOptions {
  readonly scope: LocalScope
  /** The local name of every keeper of the scope. */
  readonly name: string
  readonly distribution: Pick<Distribution, 'nodes' | 'monitorNodes'>
  /** Whether a node has a part in the scope; null if all have. */
  readonly includes: ((node: string) => boolean) | null
}

/** What a keeper knows besides the table, which its node's lookups read. */
export interface KeeperState {
  readonly peers: PgPeers
  /** The number of the last update. */
  seq: number
  /** Who is to be told all anew. */
  readonly behind: Set<Peer>
  /** Marks its own word that it is time to ask again: anybody else's would begin another row of them. */
  readonly review: Ref
}

/** After how long who took no more is told again. */
const againMs = 1000
const again = { type: 'again' } as const
/** How often it is asked again who has a part. */
const reviewMs = 1000

export function keeperBody(options: KeeperOptions): CallbackBody<unknown, KeeperState> {
  const { scope, name, distribution } = options
  const { counts, limits } = scope
  let hasFailed = false

  /** It is code of the user's. */
  const includes = (node: string): boolean => {
    try {
      return options.includes === null || options.includes(node)
    } catch (error) {
      if (hasFailed) return false
      hasFailed = true
      const text = `"includes" of the scope "${scope.name}" failed: ${messageOf(error)}. A node for which it fails has no part in the scope.`
      scope.node.report({ type: 'notice', level: 'error', source: 'global.pg', text, details: { error, node } })
      return false
    }
  }

  const discover = (self: Process<unknown>, node: string): void => {
    self.trySend({ name, node }, { type: 'discover', keeper: self.pid }, { connect: false })
  }

  /** Who takes no more, or is gone, is told all anew in a while: nobody waits for a slow one. */
  const lagsBehind = (self: Process<unknown>, state: KeeperState, peer: Peer): void => {
    if (peer.isTold) scope.told--
    peer.isTold = false
    if (state.behind.size === 0) self.sendAfter(againMs, self.pid as never, again as never)
    state.behind.add(peer)
  }

  const tellMonitors = (changes: readonly Change[]): void => {
    for (const change of changes) scope.monitors.tell(change)
  }

  /** Tells all that are followed what has changed since. */
  const flush = (self: Process<unknown>, state: KeeperState): void => {
    for (const changes of batches(scope.take())) {
      const update: Update = { type: 'update', keeper: self.pid, seq: ++state.seq, changes }
      for (const peer of state.peers.all()) {
        if (!peer.isTold) continue
        if (self.trySend(peer.keeper as never, update as never, { connect: false }) === 'ok') counts.updatesSent++
        else lagsBehind(self, state, peer)
      }
    }
  }

  /** Tells a peer all that there is. What waits to be told goes first: the state has it already. */
  const tellState = (self: Process<unknown>, state: KeeperState, peer: Peer): void => {
    flush(self, state)
    const parts = inParts(scope.table.state(), membersPerMessage)
    try {
      for (const [part, groups] of parts.entries()) {
        const message: StatePart = {
          type: 'state',
          keeper: self.pid,
          seq: state.seq,
          part,
          parts: parts.length,
          groups,
        }
        self.send(peer.keeper as never, message as never)
      }
    } catch {
      return lagsBehind(self, state, peer)
    }
    if (peer.isTold) return
    peer.isTold = true
    scope.told++
  }

  const forget = (state: KeeperState, peer: Peer): void => {
    state.peers.remove(peer.monitor)
    if (peer.isTold) scope.told--
    tellMonitors(scope.table.drop(peer.keeper.node))
  }

  /** The peer that a keeper is; a keeper that was not known takes the place of its predecessor. */
  const follow = (self: Process<unknown>, state: KeeperState, keeper: AnyPid): Peer => {
    const known = state.peers.get(keeper.node)
    if (known?.keeper === keeper) return known
    if (known !== undefined) {
      self.demonitor(known.monitor, { flush: true })
      forget(state, known)
    }
    return state.peers.add(keeper, self.monitor(keeper))
  }

  const leaveOut = (peer: Peer): void => {
    peer.isLeftOut = true
    peer.seq = null
    peer.coming = null
    counts.leftOut++
    tellMonitors(scope.table.drop(peer.keeper.node))
    const text = `The node ${peer.keeper.node} has more than ${limits.membersPerNode} members in the groups of the scope "${scope.name}": all of them are left out here. Set limits.membersPerNode, or look for who joins without end.`
    scope.node.report({ type: 'notice', level: 'error', source: 'global.pg', text })
  }

  const obey = (self: Process<unknown>, peer: Peer, heard: Heard, update: Update | null): void => {
    const { node } = peer.keeper
    if (heard.do === 'replace') tellMonitors(scope.table.replace(node, heard.state))
    if (heard.do === 'apply' && update !== null) {
      counts.updatesApplied++
      for (const change of update.changes) {
        const applied = scope.table.apply(node, toChange(change))
        if (applied !== null) scope.monitors.tell(applied)
      }
    }
    if (heard.do === 'drop') counts.stale++
    if (heard.do === 'leaveOut') leaveOut(peer)
    if (heard.do === 'ask') {
      counts.gaps++
      discover(self, node)
    }
  }

  const hear = (self: Process<unknown>, state: KeeperState, message: FromKeeper): void => {
    const { keeper } = message
    if (message.type === 'update') {
      const peer = state.peers.get(keeper.node)
      if (peer?.keeper !== keeper || peer.isLeftOut) return void counts.stale++
      return obey(self, peer, state.peers.update(peer, message, scope.table.size(keeper.node)), message)
    }
    const peer = follow(self, state, keeper)
    if (message.type === 'discover') return tellState(self, state, peer)
    // Who tells, and was never told, has not heard us ask: it was not there yet, or we were not.
    if (!peer.isTold) tellState(self, state, peer)
    if (peer.isLeftOut) return void counts.stale++
    obey(self, peer, state.peers.state(peer, message), null)
  }

  /** It has no part in the scope any more. */
  const exclude = (self: Process<unknown>, state: KeeperState, node: string): void => {
    const peer = state.peers.get(node)
    if (peer === undefined) return
    self.demonitor(peer.monitor, { flush: true })
    forget(state, peer)
    state.behind.delete(peer)
  }

  const planReview = (self: Process<unknown>, { review }: KeeperState): void => {
    self.sendAfter(reviewMs, self.pid as never, { type: 'review', ref: review } as never)
  }

  /** Who is included now and was not, or the other way round. */
  const lookAgain = (self: Process<unknown>, state: KeeperState): void => {
    for (const node of distribution.nodes())
      if (!includes(node)) exclude(self, state, node)
      else if (state.peers.get(node) === undefined) discover(self, node)
    planReview(self, state)
  }

  const isOurs = (message: FromKeeper, self: Process<unknown>): boolean =>
    message.keeper.node !== self.node.name && includes(message.keeper.node)

  return {
    name: `${name}: keeper`,
    init: (self) => {
      distribution.monitorNodes(self)
      for (const node of distribution.nodes()) if (includes(node)) discover(self, node)
      const peers = new PgPeers(limits.membersPerNode)
      scope.peers = peers
      const state: KeeperState = { peers, seq: 0, behind: new Set(), review: self.node.makeRef() }
      if (options.includes !== null) planReview(self, state)
      return state
    },
    message: (self, message, state) => {
      const heard = readMessage(message)
      if (heard !== null) {
        if (isOurs(heard, self)) hear(self, state, heard)
        else {
          counts.refused++
          exclude(self, state, heard.keeper.node)
        }
        return state
      }
      const { type, node, ref } = (message ?? {}) as { type?: unknown; node?: unknown; ref?: unknown }
      if (type === 'changed') flush(self, state)
      else if (type === 'review' && ref === state.review) lookAgain(self, state)
      else if (type === 'again') {
        const behind = [...state.behind]
        state.behind.clear()
        for (const peer of behind) if (state.peers.get(peer.keeper.node) === peer) tellState(self, state, peer)
      } else if (type === 'nodeup' && typeof node === 'string') {
        if (includes(node)) discover(self, node)
      } else if (type === 'down') {
        const lost = state.peers.remove(ref as never)
        if (lost === undefined) return state
        if (lost.isTold) scope.told--
        tellMonitors(scope.table.drop(lost.keeper.node))
        // Its successor may be there already.
        if (distribution.nodes().includes(lost.keeper.node)) discover(self, lost.keeper.node)
      } else if (type !== 'nodedown') counts.refused++
      return state
    },
  }
}

/** Changes as messages have them, none with more members than one may have. */
function batches(changes: readonly Change[]): Update['changes'][] {
  const made: Update['changes'][number][][] = []
  let room = 0
  for (const { type, group, pids } of changes) {
    for (let from = 0; from < pids.length;) {
      if (room === 0) {
        made.push([])
        room = membersPerMessage
      }
      const some = pids.slice(from, from + room)
      made.at(-1)!.push([type, group, some])
      from += some.length
      room -= some.length
    }
  }
  return made
}
