/**
 * Who is told that nodes come and go: all of them (monitorNodes), or one by name (monitorNode).
 */
import { timedOut, type Down, type Pid, type Process } from '@agner/core'
import { describe, expect, it } from 'vitest'
import type { MonitorNodesOptions } from '../src/index.ts'
import { createCluster, type Cluster, type Member } from './cluster.ts'

/** A process that notes all that it gets. */
function noter({ node }: Member): { readonly pid: Pid<never>; readonly got: unknown[] } {
  const got: unknown[] = []
  const pid = node.spawn<unknown>(async (self) => {
    for (;;) got.push(await self.receive())
  })
  return { pid, got }
}

async function connect({ runtime }: Cluster, from: Member, to: Member): Promise<void> {
  expect(await runtime.runUntil(from.distribution.connect(to.node.name))).toBe(true)
  await runtime.settle()
}

describe('monitorNodes with options', () => {
  const said = async (options: MonitorNodesOptions) => {
    const cluster = createCluster()
    const [a, b] = [await cluster.start('a@h'), await cluster.start('b@h')]
    const tool = await cluster.start('tool@h', { hidden: true })
    const { pid, got } = noter(a)
    a.distribution.monitorNodes({ pid }, true, options)
    await connect(cluster, a, b)
    await connect(cluster, tool, a)
    a.distribution.disconnect('b@h')
    a.distribution.disconnect('tool@h')
    await cluster.runtime.settle()
    await cluster.stop()
    return got
  }
  const down = { type: 'nodedown', reason: 'disconnect' }

  it('says whether a node is hidden, of the nodes that are wanted', async () => {
    const [b, tool] = [
      { node: 'b@h', nodeType: 'visible' },
      { node: 'tool@h', nodeType: 'hidden' },
    ]
    const pair = (node: object) => [
      { type: 'nodeup', ...node },
      { ...down, ...node },
    ]
    expect(await said({ nodeType: 'visible' })).toEqual(pair(b))
    expect(await said({ nodeType: 'hidden' })).toEqual(pair(tool))
    const all = [
      { type: 'nodeup', ...b },
      { type: 'nodeup', ...tool },
      { ...down, ...b },
      { ...down, ...tool },
    ]
    expect(await said({ nodeType: 'all' })).toEqual(all)
    expect(await said({})).toEqual(pair({ node: 'b@h' }))
  })

  it('numbers the connections, each by another number', async () => {
    const cluster = createCluster()
    const [a, b] = [await cluster.start('a@h'), await cluster.start('b@h')]
    const { pid, got } = noter(a)
    a.distribution.monitorNodes({ pid }, true, { connectionId: true })
    for (let i = 0; i < 2; i++) {
      await connect(cluster, a, b)
      a.distribution.disconnect('b@h')
      await cluster.runtime.settle()
    }
    const ids = got.map((message) => (message as { connectionId: number }).connectionId)
    expect(ids[0]).toEqual(expect.any(Number))
    expect(ids).toEqual([ids[0], ids[0], ids[2], ids[2]])
    expect(ids[0]).not.toBe(ids[2])
    expect(got[0]).toEqual({ type: 'nodeup', node: 'b@h', connectionId: ids[0] })
    await cluster.stop()
  })

  it('counts subscriptions by their options, and ends those with the same ones', async () => {
    const cluster = createCluster()
    const [a, b] = [await cluster.start('a@h'), await cluster.start('b@h')]
    const { pid, got } = noter(a)
    const { distribution } = a
    const options = { nodeType: 'all', connectionId: false } as const
    for (let i = 0; i < 2; i++) distribution.monitorNodes({ pid }, true, options)
    for (let i = 0; i < 3; i++) distribution.monitorNodes({ pid })
    await connect(cluster, a, b)
    expect(got).toHaveLength(5)
    distribution.monitorNodes({ pid }, false)
    distribution.disconnect('b@h')
    await cluster.runtime.settle()
    expect(got.slice(5)).toEqual(Array(2).fill({ ...down, node: 'b@h', nodeType: 'visible' }))
    // Another set of options: nothing ends.
    distribution.monitorNodes({ pid }, false, { nodeType: 'visible' })
    await connect(cluster, a, b)
    expect(got).toHaveLength(9)
    distribution.monitorNodes({ pid }, false, { nodeType: 'all' })
    distribution.disconnect('b@h')
    await cluster.runtime.settle()
    expect(got).toHaveLength(9)
    await cluster.stop()
  })

  it('ends with the process, and with the distribution, which says so before', async () => {
    const cluster = createCluster()
    const [a, b] = [await cluster.start('a@h'), await cluster.start('b@h')]
    const [dying, living] = [noter(a), noter(a)]
    for (const { pid } of [dying, living]) a.distribution.monitorNodes({ pid })
    a.node.sendExit(dying.pid, 'kill')
    await cluster.runtime.settle()
    // A process that is dead already, and one of another node.
    a.distribution.monitorNodes({ pid: dying.pid })
    a.distribution.monitorNodes({ pid: noter(b).pid })
    await connect(cluster, a, b)
    await cluster.runtime.runUntil(a.distribution.stop())
    await cluster.runtime.settle()
    expect(living.got).toEqual([
      { type: 'nodeup', node: 'b@h' },
      { type: 'nodedown', node: 'b@h', reason: 'net_kernel_terminated' },
    ])
    expect(() => a.distribution.monitorNodes({ pid: living.pid })).toThrow(
      expect.objectContaining({ code: 'distribution.stopped' }),
    )
    await cluster.stop()
  })
})

describe('monitorNode', () => {
  it('is counted: a nodedown for each, once, and one fewer for each that was taken back', async () => {
    const cluster = createCluster()
    const [a, b] = [await cluster.start('a@h'), await cluster.start('b@h')]
    const { pid, got } = noter(a)
    const { distribution } = a
    for (let i = 0; i < 3; i++) distribution.monitorNode({ pid }, 'b@h')
    distribution.monitorNode({ pid }, 'b@h', false)
    await cluster.runtime.settle()
    // It made the connection.
    expect([distribution.nodes(), got]).toEqual([['b@h'], []])
    distribution.disconnect('b@h')
    await cluster.runtime.settle()
    expect(got).toEqual(Array(2).fill({ type: 'nodedown', node: 'b@h', reason: 'disconnect' }))
    await connect(cluster, a, b)
    distribution.disconnect('b@h')
    await cluster.runtime.settle()
    expect(got).toHaveLength(2)
    distribution.monitorNode({ pid }, 'b@h', false)
    distribution.monitorNode({ pid }, 'a@h')
    await cluster.stop()
  })

  it('of a node that cannot be reached ends at once', async () => {
    const cluster = createCluster()
    const a = await cluster.start('a@h')
    const { pid, got } = noter(a)
    for (const name of ['nobody@h', 'nobody@h', 'no name']) a.distribution.monitorNode({ pid }, name)
    await cluster.runtime.advance(10_000)
    const unreachable = (node: string) => ({ type: 'nodedown', node, reason: 'connection_setup_failed' })
    expect(got.toSorted((x, y) => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1))).toEqual([
      unreachable('no name'),
      unreachable('nobody@h'),
      unreachable('nobody@h'),
    ])
    await cluster.stop()
  })

  it('tells after EXIT and DOWN, and before those who watch all nodes; hidden nodes, too', async () => {
    const cluster = createCluster()
    const [a, tool] = [await cluster.start('a@h'), await cluster.start('tool@h', { hidden: true })]
    const there = tool.node.spawn<unknown>(async (self) => void (await self.receive()))
    const got: unknown[] = []
    await cluster.inProcess<Down>(a, async (self) => {
      self.trapExits(true)
      a.distribution.monitorNodes(self, true, { nodeType: 'all' })
      a.distribution.monitorNode(self, 'tool@h')
      got.push(await self.receive())
      self.monitor(there)
      self.link(there)
      await self.sleep(10)
      expect(a.distribution.disconnect('tool@h')).toBe(true)
      expect(a.distribution.nodes('hidden')).toEqual([])
      for (let i = 0; i < 4; i++) got.push(await self.receive())
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
    expect(
      got
        .slice(1, 3)
        .map((message) => (message as Down).type)
        .toSorted(),
    ).toEqual(['down', 'exit'])
    expect(got.slice(3)).toEqual([
      { type: 'nodedown', node: 'tool@h', reason: 'disconnect' },
      { type: 'nodedown', node: 'tool@h', reason: 'disconnect', nodeType: 'hidden' },
    ])
    await cluster.stop()
  })

  it('ends with the process, and is bounded', async () => {
    const cluster = createCluster()
    const a = await cluster.start('a@h', { limits: { nodeMonitors: 3 } })
    await cluster.start('b@h')
    const [first, second] = [noter(a), noter(a)]
    const { distribution } = a
    const watch = ({ pid }: { readonly pid: Pid<never> }, name: string) => distribution.monitorNode({ pid }, name)
    for (const name of ['b@h', 'b@h', 'x@h', 'y@h']) watch(first, name)
    expect(() => watch(second, 'b@h')).toThrow(expect.objectContaining({ code: 'distribution.too_many_node_monitors' }))
    await cluster.runtime.advance(10_000)
    // Two have ended already; the death of the process ends the third.
    a.node.sendExit(first.pid, 'kill')
    await cluster.runtime.settle()
    watch(first, 'b@h')
    for (const name of ['b@h', 'v@h', 'w@h']) watch(second, name)
    await cluster.runtime.advance(10_000)
    expect(second.got).toHaveLength(2)
    await cluster.runtime.runUntil(distribution.stop())
    expect(second.got[2]).toEqual({ type: 'nodedown', node: 'b@h', reason: 'net_kernel_terminated' })
    expect(() => watch(second, 'b@h')).toThrow(expect.objectContaining({ code: 'distribution.stopped' }))
    await cluster.stop()
  })

  it('is told of the peer’s shutdown and of its death, each by its reason', async () => {
    const cluster = createCluster()
    const [a, b] = [await cluster.start('a@h'), await cluster.start('b@h')]
    const { pid, got } = noter(a)
    a.distribution.monitorNode({ pid }, 'b@h')
    await cluster.runtime.settle()
    await cluster.runtime.runUntil(b.distribution.stop())
    await cluster.runtime.settle()
    expect(got).toEqual([{ type: 'nodedown', node: 'b@h', reason: 'shutdown' }])
    await cluster.stop()
  })
})

describe('nodeup and nodedown among signals', () => {
  it('come first and last, under any schedule', async () => {
    const { eachSeed } = await import('@agner/testing')
    await eachSeed({ seeds: 40 }, async (runtime, seed) => {
      const cluster = createCluster(seed, runtime)
      const [a, b] = [await cluster.start('a@h'), await cluster.start('b@h')]
      const got: string[] = []
      const watcher = a.node.spawn<unknown>(async (self) => {
        a.distribution.monitorNodes(self)
        for (;;) {
          const message = (await self.receive()) as { readonly type?: string } | string
          const listed = a.distribution.nodes('connected').includes('b@h')
          got.push(typeof message === 'string' ? message : `${String(message.type)} ${String(listed)}`)
        }
      })
      await runtime.settle()
      const talker = async (self: Process<never>) => {
        for (let i = 0; i < 3; i++) self.send(watcher as Pid<string>, `${i}`)
        await self.sleep(5)
        b.distribution.disconnect('a@h')
      }
      for (let round = 0; round < 2; round++) await cluster.inProcess(b, talker)
      await runtime.advance(100)
      const once = ['nodeup true', '0', '1', '2', 'nodedown false']
      expect(got).toEqual([...once, ...once])
      await cluster.stop()
    })
  })
})
