/**
 * Requests and calls to many nodes, over connections that are lost.
 */
import {
  abcast,
  call,
  cast,
  multiCall,
  sendRequest,
  startServer,
  waitResponse,
} from '../../../packages/behaviours/src/index.ts'
import type { Topic } from '../scenario.ts'
import { Keeper, keeper, show, start } from './requests.ts'

export const farRequests: Topic = {
  many_nodes_answer_each_for_itself: {
    items: ['S13', 'S14'],
    faults: ['peers.unreachable_is_silent'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b', 'o'])
      await start(self, t, 'a', 'here')
      await startServer(cluster.peer('b').node, Keeper, undefined, { name: 'here' })
      const nodes = [self.node.name, await cluster.connect('b'), await cluster.connect('o'), 'nowhere@127.0.0.9']
      const { replies, badNodes } = await multiCall(self, keeper.at('here'), nodes, 'double', 4)
      const values = replies.map(({ value }) => value)
      t.emit(self, 'replies', values)
      t.emit(self, 'bad', badNodes.length)
      t.emit(
        self,
        'said',
        t.attempt(() => abcast(self, keeper.at('here'), nodes, 'note', self.pid)) === true && 'abcast',
      )
      t.emit(self, 'noted', [await self.receive({ timeoutMs: 2000 }), await self.receive({ timeoutMs: 2000 })])
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  many_nodes_that_are_lost_are_bad_at_once: {
    items: ['S13', '9.2'],
    faults: ['connection.lost_calls_wait'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b'])
      await startServer(cluster.peer('b').node, Keeper, undefined, { name: 'here' })
      const b = await cluster.connect('b')
      t.label(
        'caller',
        self.spawn<unknown>(async (caller) => {
          const lost = await multiCall(caller, keeper.at('here'), [b], 'keep', undefined, { timeoutMs: 3000 })
          self.send(self.pid, [lost.replies.length, lost.badNodes.length, (await t.collect(caller)).length])
        }),
      )
      await self.sleep(50)
      const sinceMs = self.node.monotonicTimeMs()
      await cluster.cut(self, 'b')
      const [replies, bad, left] = (await self.receive()) as number[]
      t.emit(self, 'lost', [Array(replies), bad, Array(left)])
      t.emit(self, 'at_once', self.node.monotonicTimeMs() - sinceMs < 1000)
    },
  },

  a_response_comes_when_the_connection_is_lost: {
    items: ['G08', '9.2'],
    faults: ['connection.lost_calls_wait'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b'])
      await startServer(cluster.peer('b').node, Keeper, undefined, { name: 'here' })
      const there = keeper.at({ name: 'here', node: await cluster.connect('b') })
      const one = sendRequest(self, there, 'keep')
      t.emit(self, 'waiting', show(await waitResponse(self, one, { timeoutMs: 20 })))
      await cluster.cut(self, 'b')
      t.emit(self, 'lost', show(await waitResponse(self, one, { timeoutMs: 1000 })))
      await cluster.connect('b')
      cast(self, there, 'release', 'late')
      t.emit(self, 'doubled', await call(self, there, 'double', 2))
      t.emit(self, 'then', await t.quiet(self))
    },
  },
}
