/**
 * The process that speaks for a node's groups: what other nodes say comes here, and what time brings about is done here.
 */
import { defineServer, noreply, reply, type Server } from '@agner/behaviours'
import { heardFound, reserve } from './founding.ts'
import { spreadFree } from './greeting.ts'
import { decline, lead, manage, tend } from './leading.ts'
import type { Membership } from './membership.ts'
import { keeperProtocol, type KeeperApi } from './protocol.ts'
import { freeze } from './refounding.ts'

/** Ticks between two words among free nodes about whom they are connected to. */
const freeEvery = 8

export function defineKeeper(membership: Membership): Server<KeeperApi, void, null> {
  const { redialMs } = membership.settings.times
  let ticks = 0
  /** Marks its own ticks: one of somebody else's would begin another row of them. */
  const own = membership.node.makeRef()
  const tendAll = (): void => {
    membership.reservations.tend()
    membership.changed()
    membership.edges.tend()
    membership.logs.lingering.tend()
    for (const seat of membership.logs.lingering.seats()) lead(membership, seat)
    for (const own of [...membership.own.values()]) tend(membership, own)
    if (++ticks % freeEvery === 0) spreadFree(membership)
  }
  return defineServer(keeperProtocol, {
    // Whatever other versions ask must not end what speaks for the groups of this node.
    unknown: 'refuse',
    init: (_: void, { self }): null => {
      membership.distribution.monitorNodes(self, true, { nodeType: 'all' })
      membership.begun(self.pid)
      self.send(self.pid, { type: 'tick', own })
      return null
    },
    calls: {
      reserve: (state, request) => reply(reserve(membership, request), state),
      release: (state, { name, id }) => {
        membership.reservations.release(name, id)
        membership.changed()
        return reply(null, state)
      },
      learn: (state, view) => {
        membership.learn(view, null)
        return reply(null, state)
      },
      freeze: (state, request) => reply(freeze(membership, request), state),
    },
    casts: {
      hello: (state, hello) => {
        membership.heardHello(hello)
        return noreply(state)
      },
      views: (state, { from, views }) => {
        for (const view of views) membership.learn(view, from)
        return noreply(state)
      },
      declined: (state, { id, node }) => {
        const own = membership.byId(id)
        if (own !== undefined) decline(membership, own, node)
        return noreply(state)
      },
      free: (state, nodes) => {
        membership.meetFree(nodes)
        return noreply(state)
      },
      found: (state, found) => {
        heardFound(membership, found)
        return noreply(state)
      },
      abandon: (state, { id, founding }) => {
        const own = membership.byId(id)
        if (own !== undefined && own.pending?.genesis.founding === founding) membership.drop(own)
        return noreply(state)
      },
      thaw: (state, { id, by }) => {
        const own = membership.byId(id)
        if (own?.promisedTo?.node === by) own.promisedTo = null
        return noreply(state)
      },
      life: (state, { node, log, life }) => {
        membership.peers.get(node)?.lives.set(log, life)
        return noreply(state)
      },
      released: (state, { log }) => {
        membership.logs.lingering.release(log)
        membership.changed()
        return noreply(state)
      },
      asked: (state, { node, on }) => {
        membership.edges.ask(node, 'them', on)
        return noreply(state)
      },
    },
    info: {
      nodeup: (state, { node }) => {
        membership.up(node)
        return noreply(state)
      },
      nodedown: (state, { node, reason }) => {
        membership.down(node, reason)
        return noreply(state)
      },
      tick: (state, tick, { self }) => {
        if (tick.own !== own) return noreply(state)
        tendAll()
        self.sendAfter(redialMs * (1 + self.node.runtime.random() / 2), self.pid, { type: 'tick', own })
        return noreply(state)
      },
      log: (state, { log }) => {
        membership.changed()
        const own = membership.logs.takeDirty(log)
        const leaving = membership.logs.lingering.get(log)
        if (own !== undefined) manage(membership, own)
        else if (leaving !== undefined) lead(membership, leaving)
        return noreply(state)
      },
    },
  })
}
