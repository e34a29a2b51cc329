import { createNode, timedOut, type Down, type Pid } from '@agner/core'
import { eachSeed } from '@agner/testing'
import { describe, expect, it } from 'vitest'
import { startDistribution, type NodeChange } from '../src/index.ts'
import { cookie, createCluster, type Member } from './cluster.ts'
import { muffle } from './muffled.ts'

const changesOf = ({ distribution }: Member): string[] => {
  const changes: string[] = []
  distribution.onNodeChange((change: NodeChange) =>
    changes.push(change.type === 'nodedown' ? `${change.node} ${change.reason}` : change.node),
  )
  return changes
}

describe('simultaneous connects', () => {
  it('leave exactly one connection, one nodeup each, and every signal in order, in every interleaving tried', async () => {
    let refusals = 0
    await eachSeed({ seeds: 300 }, async (runtime, seed) => {
      const cluster = createCluster(seed, runtime)
      const [x, y] = [
        await cluster.start('x@h', { listen: { port: 1 }, portMapper: false, hosts: { 'y@h': '127.0.0.1:2' } }),
        await cluster.start('y@h', { listen: { port: 2 }, portMapper: false, hosts: { 'x@h': '127.0.0.1:1' } }),
      ]
      const [changesOfX, changesOfY] = [changesOf(x), changesOf(y)]
      const seen: Record<string, unknown[]> = { x: [], y: [] }
      for (const [key, member] of [
        ['x', x],
        ['y', y],
      ] as const) {
        member.node.spawn<unknown>(
          async (self) => {
            for (;;) seen[key]?.push(await self.receive())
          },
          { name: 'sink' },
        )
      }
      const burst = async (from: Member, to: string, delay: number) => {
        for (let i = 0; i < delay; i++) await new Promise<void>((resolve) => runtime.macrotask(resolve))
        for (let i = 0; i < 5; i++) from.node.send({ name: 'sink', node: to }, i as never)
        return from.distribution.connect(to)
      }
      const both = Promise.all([burst(x, 'y@h', seed % 7), burst(y, 'x@h', seed % 5)])
      expect(await runtime.runUntil(both)).toEqual([true, true])
      await runtime.advance(10_000)
      refusals += x.distribution.stats().refusals + y.distribution.stats().refusals
      expect([changesOfX, changesOfY]).toEqual([['y@h'], ['x@h']])
      expect(seen).toEqual({ x: [0, 1, 2, 3, 4], y: [0, 1, 2, 3, 4] })
      expect(cluster.network.streamCount).toBe(2)
      expect([...x.notices(), ...y.notices()]).toEqual([])
      await cluster.stop()
      expect(cluster.network.streamCount).toBe(0)
      expect(runtime.pendingTimers).toBe(0)
    })
    // The interleavings that matter did occur.
    expect(refusals).toBeGreaterThan(30)
  }, 60_000)

  it('also when only the lesser can reach the other', async () => {
    await eachSeed({ seeds: 30 }, async (runtime, seed) => {
      const cluster = createCluster(seed, runtime)
      const x = await cluster.start('x@h', { listen: false, portMapper: false, hosts: { 'y@h': '127.0.0.1:2' } })
      const y = await cluster.start('y@h', { listen: { port: 2 }, portMapper: false, hosts: { 'x@h': '127.0.0.1:1' } })
      const changes = changesOf(y)
      const made = await runtime.runUntil(Promise.all([x.distribution.connect('y@h'), y.distribution.connect('x@h')]))
      expect(made[0]).toBe(true)
      expect(changes).toEqual(['x@h'])
      await cluster.stop()
    })
  })
})

describe('a peer that comes again', () => {
  it('in a new life, while the old connection is open: nodedown of the old, then nodeup of the new', async () => {
    const cluster = createCluster()
    const hosts = { 'b@h': '127.0.0.1:2' }
    const b = await cluster.start('b@h', { listen: { port: 2 }, portMapper: false })
    const first = await cluster.start('a@h', { listen: false, portMapper: false, hosts })
    const [changes, ofFirst] = [changesOf(b), changesOf(first)]
    await cluster.runtime.runUntil(first.distribution.connect('b@h'))
    const order: unknown[] = []
    const watcher = b.node.spawn<unknown>(async (self) => {
      b.distribution.monitorNodes(self)
      for (;;) order.push(await self.receive())
    })
    const old = first.node.spawn<unknown>(async (self) => void (await self.receive()))
    await cluster.inProcess<Down>(b, async (self) => {
      self.monitor(old)
      await self.sleep(10)
      const second = await startSecond()
      expect(await self.receive()).toMatchObject({ type: 'down', reason: 'noconnection' })
      second.node.send(watcher as Pid<unknown>, 'from the second')
      await self.sleep(10)
    })
    async function startSecond() {
      const node = createNode({ name: 'a@h', runtime: cluster.runtime, report: first.reports.report })
      const distribution = await startDistribution(node, {
        cookie,
        network: cluster.network,
        listen: false,
        portMapper: false,
        hosts,
      })
      await distribution.connect('b@h')
      return { node, distribution }
    }
    expect(changes).toEqual(['a@h', 'a@h replaced', 'a@h'])
    expect(order).toEqual([
      { type: 'nodedown', node: 'a@h', reason: 'replaced' },
      { type: 'nodeup', node: 'a@h' },
      'from the second',
    ])
    expect(ofFirst).toEqual(['b@h', 'b@h connection_closed'])
    expect(b.notices().join()).toMatch(/a@h is there in a new life/)
  })

  it('in the same life, when it noticed a loss that we did not: the new connection replaces the old', async () => {
    const cluster = createCluster()
    const net = muffle(cluster.network)
    const b = await cluster.start('b@h', { listen: { port: 2 }, portMapper: false })
    const a = await cluster.start('a@h', {
      listen: false,
      portMapper: false,
      hosts: { 'b@h': '127.0.0.1:2' },
      network: net,
    })
    const changes = changesOf(b)
    await cluster.runtime.runUntil(a.distribution.connect('b@h'))
    net.loseSilently()
    await cluster.runtime.settle()
    expect(a.distribution.nodes()).toEqual([])
    expect(b.distribution.nodes()).toEqual(['a@h'])
    expect(await cluster.runtime.runUntil(a.distribution.connect('b@h'))).toBe(true)
    expect(changes).toEqual(['a@h', 'a@h replaced', 'a@h'])
    await cluster.stop()
  })
})

describe('signs of life', () => {
  const pair = async (options: { readonly tickMs?: number; readonly tickMsOfB?: number } = {}) => {
    const cluster = createCluster()
    const net = muffle(cluster.network)
    const tick = options.tickMs === undefined ? {} : { tickMs: options.tickMs }
    const tickOfB = options.tickMsOfB === undefined ? tick : { tickMs: options.tickMsOfB }
    const b = await cluster.start('b@h', { listen: { port: 2 }, portMapper: false, ...tickOfB })
    const a = await cluster.start('a@h', {
      listen: false,
      portMapper: false,
      hosts: { 'b@h': '127.0.0.1:2' },
      network: net,
      ...tick,
    })
    const changes = changesOf(a)
    await cluster.runtime.runUntil(a.distribution.connect('b@h'))
    return { cluster, net, a, b, changes }
  }

  it('keep an idle connection up for ever', async () => {
    const { cluster, changes, a } = await pair()
    await cluster.runtime.advance(3_600_000)
    expect(changes).toEqual(['b@h'])
    expect(a.distribution.stats().framesOut).toBe(0)
    await cluster.stop()
  })

  it('are missed after 45 to 75 seconds by default, as net_ticktime has it, and monitors fail then', async () => {
    const { cluster, net, a, changes } = await pair()
    await cluster.runtime.advance(7_000)
    const before = cluster.runtime.nowMs()
    net.isDeaf = true
    await cluster.inProcess<Down>(a, async (self) => {
      self.monitor({ name: 'x', node: 'b@h' })
      expect(await self.receive()).toMatchObject({ reason: 'noconnection' })
    })
    const tookMs = cluster.runtime.nowMs() - before
    expect(tookMs).toBeGreaterThanOrEqual(45_000)
    expect(tookMs).toBeLessThanOrEqual(75_000)
    expect(changes).toEqual(['b@h', 'b@h net_tick_timeout'])
    expect(a.notices().join()).toMatch(/b@h gave no sign of life/)
  })

  it('any traffic counts', async () => {
    const { cluster, net, b, changes } = await pair()
    net.dropsTicks = true
    for (let i = 0; i < 20; i++) {
      b.node.send({ name: 'x', node: 'a@h' }, i as never)
      await cluster.runtime.advance(14_000)
    }
    expect(changes).toEqual(['b@h'])
    await cluster.runtime.advance(76_000)
    expect(changes).toEqual(['b@h', 'b@h net_tick_timeout'])
  })

  it('the slower of two nodes sets the pace', async () => {
    const { cluster, changes } = await pair({ tickMs: 100, tickMsOfB: 60_000 })
    await cluster.runtime.advance(600_000)
    expect(changes).toEqual(['b@h'])
    await cluster.stop()
  })

  it('a peer for which too much waits of what is never refused is cut off, and only that one', async () => {
    const cluster = createCluster()
    const [b, c] = [await cluster.start('b@h'), await cluster.start('c@h')]
    const a = await cluster.start('a@h', { limits: { outputBytes: 1000, messageBytes: 1000 } })
    const changes = changesOf(a)
    for (const name of ['b@h', 'c@h']) await cluster.runtime.runUntil(a.distribution.connect(name))
    await cluster.inProcess<Down>(a, async (self) => {
      const ref = self.monitor({ name: 'y', node: 'b@h' })
      self.demonitor(ref)
      const watched = b.node.spawn<unknown>(async (there) => void (await there.receive()))
      const down = self.monitor(watched)
      await self.sleep(1)
      for (let i = 0; i < 500; i++) self.demonitor(self.monitor({ name: 'x', node: 'b@h' }))
      expect(await self.receive()).toMatchObject({ ref: down, reason: 'noconnection' })
      expect(await self.receive({ timeoutMs: 100 })).toBe(timedOut)
    })
    expect(changes).toEqual(['b@h', 'c@h', 'b@h output_overflow'])
    expect(a.notices().join()).toMatch(/over 3000 bytes wait/)
    expect(c.distribution.nodes()).toEqual(['a@h'])
    await cluster.stop()
  })
})

describe('signals under any schedule', () => {
  it('between two processes keep their order, over connections cut anywhere', async () => {
    await eachSeed({ seeds: 60 }, async (runtime, seed) => {
      const cluster = createCluster(seed, runtime)
      const [a, b] = [await cluster.start('a@h'), await cluster.start('b@h')]
      const seen: unknown[] = []
      const sink = b.node.spawn<unknown>(
        async (self) => {
          self.trapExits(true)
          for (;;) seen.push(await self.receive())
        },
        { name: 'sink' },
      )
      await cluster.inProcess<never>(a, async (self) => {
        for (let i = 0; i < 40; i++) {
          if (i % 10 === 9) self.sendExit(sink, i)
          else if (i % 3 === 0) self.send({ name: 'sink', node: 'b@h' }, i as never)
          else self.send(sink as Pid<unknown>, (i % 7 === 0 ? { i, fill: 'x'.repeat(i * 300) } : i) as never)
          if (i % 8 === seed % 8) await self.sleep(0)
        }
        self.link(sink)
        self.exit('normal')
      })
      await runtime.advance(1000)
      const order = seen.map((message) =>
        typeof message === 'object'
          ? ((message as { i?: number; reason?: number | string }).i ?? (message as { reason: unknown }).reason)
          : message,
      )
      expect(order).toEqual([...Array.from({ length: 40 }, (_, i) => i), 'normal'])
      await cluster.stop()
    })
  }, 60_000)
})
