/**
 * Nodes that come and go, and who is told.
 */
import type { Down, NodeDown, NodeUp, Pid, Process } from '../../../packages/core/src/index.ts'
import { nameOf } from '../cluster.ts'
import type { Topic } from '../scenario.ts'
import { isDown, isTuple, type Stage } from '../stage.ts'
import { echo, remembering } from './connections.ts'

export const nodes: Topic = {
  nodeup_comes_first_and_nodedown_last: {
    items: ['9.25', 'N26'],
    faults: ['nodes.up_comes_late', 'nodes.down_comes_early'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b'])
      const { distribution } = cluster
      distribution.monitorNodes(self)
      const greet = async (it: Process<unknown>) => {
        for (const text of ['one', 'two']) it.send(self.pid, text as never)
        await it.receive()
      }
      const a = t.label('a', cluster.peer('b').node.spawn<unknown>(greet))
      const b = nameOf('b')
      await tell(self, t)
      t.emit(self, 'listed', distribution.nodes().includes(b))
      await tell(self, t)
      await tell(self, t)
      self.monitor(a)
      await cluster.cut(self, 'b')
      await tell(self, t)
      await tell(self, t)
      t.emit(self, 'listed', distribution.nodes().includes(b))
      await cluster.connect('b')
      await tell(self, t)
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  each_subscription_is_told: {
    items: ['9.25', 'N24'],
    faults: ['nodes.subscriptions_are_a_set'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b'])
      cluster.distribution.monitorNodes(self)
      cluster.distribution.monitorNodes(self)
      await cluster.connect('b')
      await tell(self, t)
      await tell(self, t)
      await cluster.cut(self, 'b')
      await tell(self, t)
      await tell(self, t)
      cluster.distribution.monitorNodes(self, false)
      await cluster.connect('b')
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  hidden_nodes_are_no_members: {
    items: ['9.25', 'N07'],
    faults: ['nodes.hidden_are_listed', 'nodes.hidden_are_told'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b', 'h'])
      const { distribution } = cluster
      distribution.monitorNodes(self)
      const a = t.label('a', cluster.peer('h').node.spawn<unknown>(echo))
      await cluster.connect('h')
      await t.ping(self, a)
      t.emit(self, 'pong', 'ok')
      await cluster.connect('b')
      await tell(self, t)
      t.emit(self, 'nodes', distribution.nodes())
      t.emit(self, 'hidden', distribution.nodes('hidden'))
      t.emit(self, 'connected', distribution.nodes('connected').toSorted())
      await cluster.cut(self, 'h')
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_pid_of_an_earlier_life_reaches_nobody: {
    items: ['9.25'],
    faults: ['nodes.all_lives_are_one'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['o'])
      const old = t.label('old', cluster.peer('o').node.spawn<unknown>(remembering))
      await cluster.connect('o')
      t.emit(self, 'first', await seenBy(self, old))
      await cluster.cut(self, 'o')
      await cluster.restart('o')
      const fresh = cluster.peer('o').node.spawn<unknown>(remembering)
      // Under a fault the two are the same value.
      if (fresh !== old) t.label('new', fresh)
      await cluster.connect('o')
      self.send(old, 'for_the_old_one')
      self.sendExit(old, 'kill')
      const ref = self.monitor(old)
      const down = await self.receive((message): message is Down => isDown(message) && message.ref === ref)
      t.emit(self, 'down', down.reason)
      t.emit(self, 'second', await seenBy(self, fresh))
    },
  },
}

async function seenBy(self: Process<unknown>, pid: Pid<unknown>): Promise<unknown> {
  self.send(pid, ['ask', self.pid])
  const [, seen] = await self.receive((message) => isTuple(message, 'seen'))
  return seen
}

/** The next message, as far as it is the same in every run. */
async function tell(self: Process<unknown>, t: Stage): Promise<void> {
  const message = (await self.receive()) as string | Down | NodeUp | NodeDown
  if (typeof message === 'string') t.emit(self, 'message', message)
  else if (message.type === 'down') t.emit(self, 'down', message.reason)
  else t.emit(self, message.type, message.node)
}
