/** Busy is not dead: what the others make of a node whose thread is held, by two paths. */
import type { Down, NodeRecovered, NodeSuspect, Pid, Process } from '@agner/core'
import type { DistributionOptions } from '@agner/distribution'
import { describe, expect, it } from 'vitest'
import { simulateCluster, type SimulatedCluster, type SimulatedNode } from '../../src/index.ts'

const tickMs = 1000
/** Silence is noticed by then. */
const limitMs = 5 * tickMs

interface Two {
  readonly cluster: SimulatedCluster
  readonly a: SimulatedNode
  readonly b: SimulatedNode
  /** What a is told of nodes, in order. */
  readonly told: string[]
  /** What the watcher of b's process on a was told. */
  readonly downs: Down[]
  /** What arrived at b. */
  readonly got: unknown[]
  readonly target: Pid<unknown>
}

async function two(options: Partial<DistributionOptions> = {}, seed = 1): Promise<Two> {
  const cluster = await simulateCluster({ seed, nodes: 2, distribution: { tickMs, ...options } })
  const [a, b] = [cluster.node('a'), cluster.node('b')]
  const told: string[] = []
  const downs: Down[] = []
  const got: unknown[] = []
  const target = b.node.spawn<unknown>(async (self) => {
    for (;;) got.push(await self.receive())
  })
  a.distribution.onNodeChange((change) =>
    told.push(change.type === 'nodedown' ? `nodedown ${change.reason}` : change.type),
  )
  a.distribution.onHealthChange(({ type }) => told.push(type))
  await cluster.until(a.distribution.connect('b@cluster'))
  a.node.spawn(async (self: Process<Down>) => {
    self.monitor(target)
    for (;;) downs.push(await self.receive())
  })
  await cluster.run(1000)
  return { cluster, a, b, told, downs, got, target }
}

describe('a node whose thread is held', () => {
  it('is suspect and not down; what is sent meanwhile arrives in order; then it is heard again', async () => {
    const { cluster, a, b, told, downs, got, target } = await two()
    const messages: (NodeSuspect | NodeRecovered)[] = []
    a.node.spawn(async (self: Process<NodeSuspect | NodeRecovered>) => {
      a.distribution.monitorHealth(self)
      for (;;) messages.push(await self.receive())
    })
    cluster.hold('b', 3 * limitMs)
    for (let i = 0; i < 30; i++) {
      a.node.send(target, i)
      await cluster.run(500)
      if (i === 15) {
        expect(a.distribution.status().peers[0]).toMatchObject({ node: 'b@cluster', health: 'suspect', lane: 'up' })
        expect(a.distribution.stats()).toMatchObject({ suspects: 1, suspicions: 1 })
      }
    }
    await cluster.run(2000)
    expect(got).toEqual(Array.from({ length: 30 }, (_, i) => i))
    expect(told).toEqual(['nodeup', 'nodesuspect', 'noderecovered'])
    expect(messages).toMatchObject([
      { type: 'nodesuspect', node: 'b@cluster' },
      { type: 'noderecovered', node: 'b@cluster' },
    ])
    const [suspect] = messages as [NodeSuspect]
    expect(suspect.lagMs).toBeGreaterThanOrEqual(3 * tickMs)
    expect(downs).toEqual([])
    expect(a.distribution.status()).toMatchObject({ lagMs: 0, peers: [{ health: 'alive', silentIntervals: 0 }] })
    expect(a.distribution.stats()).toMatchObject({ suspects: 0, suspicions: 1 })
    // It says itself that it was held, and has not given up whom it could not hear.
    expect(b.distribution.stats()).toMatchObject({ nodedowns: 0, suspicions: 0 })
    expect(b.distribution.stats().lagMs).toBeGreaterThanOrEqual(3 * limitMs - tickMs)
    await cluster.stop()
  })

  it('for longer than the limit is down with busy_timeout, not sooner', async () => {
    const { cluster, a, told, downs } = await two({ liveness: { busyLimitMs: 20_000 } })
    cluster.hold('b', 60_000)
    await cluster.run(20_000)
    expect(told).toEqual(['nodeup', 'nodesuspect'])
    await cluster.run(2 * limitMs)
    expect(told).toEqual(['nodeup', 'nodesuspect', 'nodedown busy_timeout'])
    expect(downs).toMatchObject([{ reason: 'noconnection' }])
    await cluster.run(60_000)
    expect(await cluster.until(a.distribution.connect('b@cluster'))).toBe(true)
    expect([told.at(-1), downs.length]).toEqual(['nodeup', 1])
  })

  it('and dies meanwhile is down at once if its kernel says so, else as soon as any other', async () => {
    for (const how of ['reset', 'silence'] as const) {
      const { cluster, told, downs } = await two()
      cluster.hold('b', 60_000)
      await cluster.run(2 * limitMs)
      expect(told).toEqual(['nodeup', 'nodesuspect'])
      cluster.crash('b', how)
      await cluster.run(how === 'reset' ? 100 : limitMs + tickMs)
      const reason = how === 'reset' ? 'connection_closed' : 'net_tick_timeout'
      expect(told).toEqual(['nodeup', 'nodesuspect', `nodedown ${reason}`])
      expect(downs).toHaveLength(1)
    }
  })

  it('and is cut off meanwhile is down as soon as any other', async () => {
    const { cluster, told } = await two()
    cluster.hold('b', 60_000)
    await cluster.run(2 * limitMs)
    cluster.cutOneWay('b', 'a')
    await cluster.run(limitMs + tickMs)
    expect(told).toEqual(['nodeup', 'nodesuspect', 'nodedown net_tick_timeout'])
  })

  it('does not judge others by what it slept through, if its own thread was held again and again', async () => {
    const { cluster, b, told } = await two()
    for (let i = 0; i < 10; i++) {
      cluster.hold('b', 2 * limitMs)
      await cluster.run(2 * limitMs)
      await cluster.run(1 + i * 10)
    }
    expect(b.distribution.stats().nodedowns).toBe(0)
    expect(told.filter((line) => line.startsWith('nodedown'))).toEqual([])
  })

  it('learns afterwards that the other has died meanwhile', async () => {
    const { cluster, b } = await two()
    cluster.hold('b', 2 * limitMs)
    cluster.crash('a')
    await cluster.run(3 * limitMs)
    expect(b.distribution.stats().nodedowns).toBe(1)
  })
})

it('without lanes silence is all that counts', async () => {
  const { cluster, a, told } = await two({ liveness: false })
  expect(a.distribution.status().peers).toMatchObject([{ lane: 'none', lagMs: null }])
  cluster.hold('b', 60_000)
  await cluster.run(limitMs + tickMs)
  expect(told).toEqual(['nodeup', 'nodedown net_tick_timeout'])
})

it('a connection that is broken while the thread is free is no reason to wait', async () => {
  const { cluster, told } = await two()
  // Only the streams of the node: those of its post go their own way.
  cluster.stall('b', 'a', 10 * limitMs)
  await cluster.run(limitMs + tickMs)
  expect(told).toEqual(['nodeup', 'nodedown net_tick_timeout'])
})

it('the same seed gives the same course, holds included', async () => {
  const course = async () => {
    const { cluster } = await two({}, 7)
    cluster.hold('b', 2 * limitMs)
    await cluster.run(4 * limitMs)
    return [cluster.runtime.fingerprint, JSON.stringify(cluster.trace)]
  }
  expect(await course()).toEqual(await course())
})
