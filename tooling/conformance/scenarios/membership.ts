/**
 * Who connects to whom, who may, and who is told of one node or of all.
 */
import { internPid } from '../../../packages/core/src/identity/realm.ts'
import type { Down, NodeDown, NodeUp, Pid, Process, SpawnReply } from '../../../packages/core/src/index.ts'
import { nameOf } from '../cluster.ts'
import { errorWord } from '../neutral.ts'
import type { Topic } from '../scenario.ts'
import { isDown, isTuple, isType, type Stage } from '../stage.ts'
import { echo, remembering } from './connections.ts'

const far = 'nowhere@127.0.0.9'
const secretOfTwo = 'a secret of two nodes'

export const membership: Topic = {
  what_is_sent_connects: {
    items: ['N05'],
    faults: ['membership.nothing_connects'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b'])
      const a = t.label('a', cluster.peer('b').node.spawn<unknown>(echo))
      t.emit(self, 'before', cluster.distribution.nodes())
      self.send(a, ['ping', self.pid])
      const isPong = (message: unknown) => isTuple(message, 'pong')
      t.emit(self, 'pong', isPong(await self.receive(isPong, { timeoutMs: 1000 })) ? 'ok' : 'none')
      t.emit(self, 'then', cluster.distribution.nodes())
    },
  },

  never_by_itself: {
    items: ['N05'],
    faults: ['membership.all_is_connected'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b'], { autoConnect: 'never' })
      const a = t.label('a', cluster.peer('b').node.spawn<unknown>(echo))
      self.send(a, ['ping', self.pid])
      t.emit(self, 'ping', await t.quiet(self))
      self.monitor(a)
      t.emit(self, 'down', await down(self))
      cluster.distribution.monitorNode(self, nameOf('b'))
      t.emit(self, 'nodedown', await nodedown(self))
      await cluster.connect('b')
      await t.ping(self, a)
      t.emit(self, 'pong', 'ok')
    },
  },

  once_and_not_again: {
    items: ['N05'],
    faults: ['membership.all_is_connected', 'membership.nothing_connects'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b'], { autoConnect: 'once' })
      const a = t.label('a', cluster.peer('b').node.spawn<unknown>(echo))
      self.send(a, ['ping', self.pid])
      await self.receive({ timeoutMs: 1000 })
      t.emit(self, 'first', cluster.distribution.nodes().length === 1 ? 'ok' : 'none')
      await cluster.cut(self, 'b')
      self.send(a, ['ping', self.pid])
      t.emit(self, 'ping', await t.quiet(self))
      self.monitor(a)
      t.emit(self, 'down', await down(self))
      await cluster.connect('b')
      await t.ping(self, a)
      t.emit(self, 'pong', 'ok')
    },
  },

  neighbours_of_neighbours_connect: {
    items: ['N06'],
    faults: ['membership.nobody_tells_of_others'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['d', 'e', 'f'])
      for (const short of ['d', 'e', 'f'] as const) await self.wait(cluster.global(short))
      const [d, e, f] = (['d', 'e', 'f'] as const).map((short) => cluster.peer(short).distribution)
      await self.wait(Promise.all([e!.connect(nameOf('d')), e!.connect(nameOf('f'))]))
      t.emit(self, 'meshed', await cluster.until(self, () => d!.nodes().includes(nameOf('f'))))
      t.emit(self, 'both_ways', await cluster.until(self, () => f!.nodes().includes(nameOf('d'))))
    },
  },

  not_those_that_do_not_want_to: {
    items: ['N06'],
    faults: ['membership.all_are_meshed'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['d', 'e', 'o'])
      for (const short of ['d', 'e', 'o'] as const) await self.wait(cluster.global(short))
      const [d, e, o] = (['d', 'e', 'o'] as const).map((short) => cluster.peer(short).distribution)
      await self.wait(d!.connect(nameOf('e')))
      await self.wait(o!.connect(nameOf('d')))
      await cluster.until(self, () => d!.nodes().length === 2)
      await self.sleep(100)
      t.emit(self, 'at_o', o!.nodes().length)
      t.emit(self, 'at_e', e!.nodes().length)
    },
  },

  nodes_of_each_kind: {
    items: ['N07'],
    faults: ['nodes.hidden_are_listed', 'membership.known_are_connected'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b', 'h'])
      const { distribution } = cluster
      const [b, h] = [await cluster.connect('b'), await cluster.connect('h')]
      const is = (names: string[], ...wanted: string[]) => names.join() === wanted.join()
      t.emit(self, 'this', is(distribution.nodes('this'), self.node.name))
      t.emit(self, 'visible', is(distribution.nodes('visible'), b))
      t.emit(self, 'hidden', is(distribution.nodes('hidden'), h))
      const atH = cluster.peer('h').distribution
      t.emit(self, 'seen_by_h', [atH.nodes(), is(atH.nodes('hidden'), self.node.name)])
      await cluster.cut(self, 'b')
      t.emit(self, 'connected', is(distribution.nodes('connected'), h))
      const known = distribution.nodes('known')
      t.emit(
        self,
        'known',
        [self.node.name, b, h].map((name) => known.includes(name)),
      )
    },
  },

  a_cookie_for_two: {
    items: ['N08'],
    faults: ['membership.one_cookie_for_all'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b', 'o'])
      const { distribution } = cluster
      const [b, o] = [nameOf('b'), nameOf('o')]
      const atB = cluster.peer('b').distribution
      const usual = distribution.getCookie()
      distribution.setCookie(secretOfTwo, b)
      t.emit(self, 'differ', await self.wait(distribution.connect(b)))
      t.emit(self, 'from_there', await self.wait(atB.connect(self.node.name)))
      t.emit(self, 'others', await self.wait(distribution.connect(o)))
      atB.setCookie(secretOfTwo, self.node.name)
      t.emit(self, 'same', await self.wait(distribution.connect(b)))
      t.emit(self, 'own', distribution.getCookie() === usual)
      distribution.setCookie('another secret of this node', b)
      t.emit(self, 'stands', distribution.nodes().includes(b))
    },
  },

  one_node_is_monitored_by_name: {
    items: ['N23', '9.25'],
    faults: ['membership.monitors_are_a_set', 'membership.monitors_stay'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b'])
      const { distribution } = cluster
      const b = await cluster.connect('b')
      for (let i = 0; i < 3; i++) distribution.monitorNode(self, b)
      distribution.monitorNode(self, b, false)
      await cluster.cut(self, 'b')
      t.emit(self, 'nodedown', await nodedown(self))
      t.emit(self, 'nodedown', await nodedown(self))
      t.emit(self, 'then', await t.quiet(self))
      await cluster.connect('b')
      await cluster.cut(self, 'b')
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_monitor_of_a_node_that_is_not_there_ends_at_once: {
    items: ['N23'],
    faults: ['membership.unreachable_is_silent'],
    play: async (self, t) => {
      const { distribution } = await t.cluster(self, [])
      const sinceMs = self.node.monotonicTimeMs()
      distribution.monitorNode(self, far)
      t.emit(self, 'nodedown', await nodedown(self))
      t.emit(self, 'at_once', self.node.monotonicTimeMs() - sinceMs < 1000)
      distribution.monitorNode(self, self.node.name)
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_monitor_of_a_node_connects: {
    items: ['N05', 'N23'],
    faults: ['membership.monitors_do_not_connect'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b'])
      const { distribution } = cluster
      distribution.monitorNode(self, nameOf('b'))
      t.emit(self, 'connected', await cluster.until(self, () => distribution.nodes().join() === nameOf('b')))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  subscriptions_are_counted_by_their_options: {
    items: ['N24', '9.25'],
    faults: ['membership.options_are_ignored', 'nodes.subscriptions_are_a_set'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b', 'h'])
      const { distribution } = cluster
      const all = { nodeType: 'all' } as const
      distribution.monitorNodes(self, true, all)
      distribution.monitorNodes(self, true, all)
      await cluster.connect('h')
      await tell(self, t)
      await tell(self, t)
      await cluster.connect('b')
      await tell(self, t)
      await tell(self, t)
      t.emit(self, 'then', await t.quiet(self))
      distribution.monitorNodes(self, true, { nodeType: 'hidden' })
      distribution.monitorNodes(self, false, all)
      await cluster.cut(self, 'h')
      await tell(self, t)
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  a_connection_has_a_number: {
    items: ['N24'],
    faults: ['membership.all_have_one_number'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b'])
      cluster.distribution.monitorNodes(self, true, { connectionId: true })
      const numbers: unknown[] = []
      for (const act of [() => cluster.connect('b'), () => cluster.cut(self, 'b'), () => cluster.connect('b')]) {
        await act()
        numbers.push(((await self.receive()) as NodeUp).connectionId)
      }
      const [first, gone, second] = numbers
      t.emit(self, 'the_same', typeof first === 'number' && first === gone)
      t.emit(self, 'another', first !== second)
    },
  },

  why_a_node_went: {
    items: ['N24', 'N25'],
    faults: ['membership.one_reason_for_all'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b'])
      cluster.distribution.monitorNodes(self)
      await cluster.connect('b')
      await self.receive()
      await cluster.cut(self, 'b')
      t.emit(self, 'we_did', ((await self.receive()) as NodeDown).reason)
      await cluster.connect('b')
      await self.receive()
      cluster.peer('b').distribution.disconnect(self.node.name)
      t.emit(self, 'it_did', ((await self.receive()) as NodeDown).reason)
    },
  },

  nodedown_comes_after_all_that_went_with_the_node: {
    items: ['N26', 'N34', '9.25'],
    faults: ['nodes.down_comes_early', 'connection.lost_links_are_silent'],
    play: async (self, t) => {
      self.trapExits(true)
      const cluster = await t.cluster(self, ['b'])
      const { distribution } = cluster
      const a = t.label('a', cluster.peer('b').node.spawn<unknown>(remembering))
      const b = await cluster.connect('b')
      distribution.monitorNode(self, b)
      distribution.monitorNodes(self, true, { nodeType: 'visible' })
      self.send(a, ['link', self.pid])
      await self.receive((message) => message === 'linked')
      self.monitor(a)
      await cluster.cut(self, 'b')
      const kind = async () => {
        const { type, nodeType } = (await self.receive({ timeoutMs: 1000 })) as { type?: string; nodeType?: string }
        return nodeType === undefined ? (type ?? 'none') : 'watched'
      }
      t.emit(self, 'first', [await kind(), await kind(), await kind()].toSorted())
      t.emit(self, 'last', await kind())
      t.emit(self, 'listed', distribution.nodes().includes(b))
    },
  },

  processes_on_a_node_that_is_not_there: {
    items: ['N30'],
    faults: ['membership.spawns_wait'],
    play: async (self, t) => {
      await t.cluster(self, [])
      // Where Erlang gives a useless pid first, the same word is the error of the spawn itself.
      const spawn = async (options: { readonly link?: boolean; readonly monitor?: boolean }) => {
        try {
          await self.spawnAt(far, '@conformance/lists', 'seq', null, options)
          return 'made'
        } catch (error) {
          return errorWord(error)
        }
      }
      t.emit(self, 'spawn_monitor', await spawn({ monitor: true }))
      t.emit(self, 'spawn_link', await spawn({ link: true }))
      self.spawnRequestAt(far, '@conformance/lists', 'seq', null)
      const reply = (await self.receive()) as SpawnReply
      t.emit(self, 'spawn_request', reply.ok ? 'made' : errorWord(reply.error))
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  signals_to_a_node_that_is_not_there: {
    items: ['N32'],
    faults: ['connection.lost_links_are_silent', 'connection.lost_monitors_are_silent'],
    play: async (self, t) => {
      self.trapExits(true)
      await t.cluster(self, [])
      const pid = internPid(far, 7, 5) as Pid<unknown>
      t.emit(
        self,
        'linked',
        t.attempt(() => self.link(pid)),
      )
      const exit = await self.receive(isType('exit'), { timeoutMs: 1000 })
      t.emit(self, 'exit', (exit as { readonly reason?: unknown }).reason ?? 'none')
      self.monitor(pid)
      t.emit(self, 'down', await down(self))
      t.emit(
        self,
        'killed',
        t.attempt(() => self.sendExit(pid, 'kill')),
      )
      t.emit(
        self,
        'unlinked',
        t.attempt(() => self.unlink(pid)),
      )
      self.send(pid, 'hello')
      t.emit(self, 'then', await t.quiet(self))
    },
  },

  names_that_nobody_has: {
    items: ['N33'],
    faults: ['membership.missing_names_are_lost'],
    play: async (self, t) => {
      const cluster = await t.cluster(self, ['b'])
      const node = await cluster.connect('b')
      self.send({ name: 'nobody', node }, 'hello' as never)
      self.monitor({ name: 'nobody', node })
      const { process, reason } = (await self.receive(isDown)) as Down
      t.emit(self, 'down', ['name' in process ? process.name : 'none', process.node === node, reason])
      t.emit(self, 'then', await t.quiet(self))
    },
  },
}

async function down(self: Process<unknown>): Promise<unknown> {
  const got = await self.receive(isDown, { timeoutMs: 1000 })
  return isDown(got) ? got.reason : 'none'
}

async function nodedown(self: Process<unknown>): Promise<unknown> {
  const isNodedown = (message: unknown): message is NodeDown => (message as NodeDown).type === 'nodedown'
  const got = await self.receive(isNodedown, { timeoutMs: 1000 })
  return isNodedown(got) ? got.node : 'none'
}

/** The next message of a subscription with the kind of nodes. */
async function tell(self: Process<unknown>, t: Stage): Promise<void> {
  const message = (await self.receive({ timeoutMs: 1000 })) as NodeUp | NodeDown
  t.emit(self, message.type ?? 'none', [message.node ?? 'none', message.nodeType ?? 'none'])
}
