import type { Down, Node, NodeDown, NodeUp, Pid, Process } from '@agner/core'
import { describe, expect, it } from 'vitest'
import { simulateCluster, type SimulatedCluster, type SimulatedNode } from '../../src/index.ts'

/** A process that keeps what it gets. */
function keeper(node: Node, name = 'keeper'): { readonly pid: Pid<unknown>; readonly got: unknown[] } {
  const got: unknown[] = []
  const pid = node.spawn<unknown>(
    async (self) => {
      for (;;) got.push(await self.receive())
    },
    { name },
  )
  return { pid, got }
}

/** A process that monitors another, and keeps what it is told of it. */
function watch(node: Node, target: Pid<unknown>): Down[] {
  const got: Down[] = []
  node.spawn(async (self: Process<Down>) => {
    self.monitor(target)
    for (;;) got.push(await self.receive())
  })
  return got
}

/** What `at` is told of nodes. */
function changes({ node, distribution }: SimulatedNode): (NodeUp | NodeDown)[] {
  const got: (NodeUp | NodeDown)[] = []
  node.spawn(async (self: Process<NodeUp | NodeDown>) => {
    distribution.monitorNodes(self)
    for (;;) got.push(await self.receive())
  })
  return got
}

const quick = { tickMs: 1000 }

async function pair(options: { seed?: number } = {}): Promise<[SimulatedCluster, SimulatedNode, SimulatedNode]> {
  const cluster = await simulateCluster({ nodes: 2, distribution: quick, ...options })
  const [a, b] = [cluster.node('a'), cluster.node('b')]
  await cluster.until(a.distribution.connect('b@cluster'))
  return [cluster, a, b]
}

describe('a simulated cluster', () => {
  it('carries signals between nodes, late and in order', async () => {
    const cluster = await simulateCluster({ seed: 4, nodes: 8, network: { splitChance: 1 } })
    const { got } = keeper(cluster.node('h').node)
    for (let i = 0; i < 100; i++)
      cluster.node('a').node.send({ name: 'keeper', node: 'h@cluster' } as never, i as never)
    expect(got).toEqual([])
    await cluster.run(1000)
    expect(got).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect(cluster.trace.filter((event) => event.type === 'frame' && event.frame === 'send')).toHaveLength(100)
    await cluster.stop()
    expect(cluster.up).toEqual([])
  })

  it('lets connections overtake each other, never the bytes of one', async () => {
    const orders = new Set<string>()
    for (let seed = 1; seed <= 20; seed++) {
      const cluster = await simulateCluster({ seed, nodes: 3 })
      const { got } = keeper(cluster.node('c').node)
      for (const name of ['a', 'b'] as const) await cluster.until(cluster.node(name).distribution.connect('c@cluster'))
      const to = { name: 'keeper', node: 'c@cluster' }
      for (const name of ['a', 'b'] as const)
        for (let i = 0; i < 3; i++) cluster.node(name).node.send(to as never, `${name}${String(i)}` as never)
      await cluster.run(100)
      for (const name of ['a', 'b'])
        expect(got.filter((each) => String(each).startsWith(name))).toEqual([0, 1, 2].map((i) => name + String(i)))
      orders.add(got.join())
    }
    expect(orders.size).toBeGreaterThan(1)
  })

  it('has one trace for one seed, bit for bit, and others for others', async () => {
    const run = async (seed: number) => {
      const cluster = await simulateCluster({ seed, nodes: 4, distribution: quick, network: { stallChance: 0.05 } })
      const { pid } = keeper(cluster.node('d').node)
      for (const name of ['a', 'b', 'c']) watch(cluster.node(name).node, pid)
      await cluster.run(500)
      cluster.partition(['a', 'b'], ['c', 'd'])
      await cluster.run(7000)
      cluster.heal()
      cluster.crash('d', 'silence')
      await cluster.run(7000)
      await cluster.restart('d')
      await cluster.until(cluster.node('a').distribution.connect('d@cluster'))
      return { trace: JSON.stringify(cluster.trace), fingerprint: cluster.runtime.fingerprint }
    }
    const first = await run(11)
    expect(await run(11)).toEqual(first)
    expect((await run(12)).trace).not.toBe(first.trace)
  })

  it('a cut is silent: what is on its way waits, and goes on when it heals in time', async () => {
    const [cluster, a, b] = await pair()
    const { got, pid } = keeper(b.node)
    const told = watch(a.node, pid)
    cluster.cut('a', 'b')
    a.node.send(pid, 'late')
    await cluster.run(2500)
    expect(got).toEqual([])
    cluster.heal('a', 'b')
    await cluster.run(1100)
    expect(got).toEqual(['late'])
    expect(told).toEqual([])
    expect(a.distribution.nodes()).toEqual(['b@cluster'])
  })

  it('a cut that lasts ends the connection on both sides, by silence', async () => {
    const [cluster, a, b] = await pair()
    const { pid } = keeper(b.node)
    const told = watch(a.node, pid)
    const [atA, atB] = [changes(a), changes(b)]
    await cluster.run(100)
    cluster.cut('a', 'b')
    await cluster.run(2900)
    expect(told).toEqual([])
    await cluster.run(2200)
    expect(told).toMatchObject([{ type: 'down', reason: 'noconnection' }])
    expect(atA).toEqual([{ type: 'nodedown', node: 'b@cluster', reason: 'net_tick_timeout' }])
    expect(atB).toEqual([{ type: 'nodedown', node: 'a@cluster', reason: 'net_tick_timeout' }])
    expect(await cluster.until(a.distribution.connect('b@cluster'))).toBe(false)
    cluster.heal()
    expect(await cluster.until(a.distribution.connect('b@cluster'))).toBe(true)
  })

  it('one way: who hears nothing gives up, and the other learns of that, since that way is free', async () => {
    const [cluster, a, b] = await pair()
    const { got, pid } = keeper(a.node)
    const [atA, atB] = [changes(a), changes(b)]
    await cluster.run(100)
    cluster.cutOneWay('a', 'b')
    b.node.send(pid, 'heard')
    await cluster.run(100)
    expect(got).toEqual(['heard'])
    await cluster.run(5000)
    expect(atB).toEqual([{ type: 'nodedown', node: 'a@cluster', reason: 'net_tick_timeout' }])
    expect(atA).toEqual([{ type: 'nodedown', node: 'b@cluster', reason: 'connection_closed' }])
  })

  it('a partition keeps each side together', async () => {
    const cluster = await simulateCluster({ nodes: 4, distribution: quick })
    for (const from of ['a', 'b', 'c'])
      for (const to of ['b', 'c', 'd'])
        if (from < to) await cluster.until(cluster.node(from).distribution.connect(`${to}@cluster`))
    cluster.partition(['a', 'b'], ['c', 'd'])
    await cluster.run(6000)
    const seen = () => cluster.up.map(({ distribution }) => distribution.nodes().sort().join())
    expect(seen()).toEqual(['b@cluster', 'a@cluster', 'd@cluster', 'c@cluster'])
    cluster.heal('a')
    expect(await cluster.until(cluster.node('a').distribution.connect('c@cluster'))).toBe(true)
    expect(await cluster.until(cluster.node('b').distribution.connect('c@cluster'))).toBe(false)
  })

  it('a crash that resets is known at once; a power cut after four ticks', async () => {
    for (const how of ['reset', 'silence'] as const) {
      const [cluster, a, b] = await pair()
      const { pid } = keeper(b.node)
      const told = watch(a.node, pid)
      await cluster.run(100)
      cluster.crash('b', how)
      expect(b.isUp).toBe(false)
      await cluster.run(100)
      expect(told).toHaveLength(how === 'reset' ? 1 : 0)
      await cluster.run(5000)
      expect(told).toHaveLength(1)
      expect(() => cluster.node('b')).toThrow(expect.objectContaining({ code: 'testing.node_is_down' }))
    }
  })

  it('nothing of a crashed node runs any more', async () => {
    const [cluster, , b] = await pair()
    let beats = 0
    b.node.spawn(async (self) => {
      for (;;) {
        await self.sleep(10)
        beats++
      }
    })
    await cluster.run(100)
    const before = beats
    expect(before).toBeGreaterThan(5)
    cluster.crash('b')
    await cluster.run(100)
    expect(beats).toBe(before)
  })

  it('a restart is another incarnation: pids of the old life reach nobody', async () => {
    const [cluster, a, b] = await pair()
    const old = keeper(b.node)
    cluster.crash('b', 'silence')
    const again = await cluster.restart('b')
    expect(again.life).toBe(2)
    expect(again.node.incarnation).not.toBe(b.node.incarnation)
    const { got, pid } = keeper(again.node)
    expect(pid.id).toBe(old.pid.id)
    // The kernel of the new life knows nothing of the old connection, and resets it.
    a.node.send(old.pid, 'for the dead')
    await cluster.run(1100)
    expect(a.distribution.nodes()).toEqual([])
    a.node.send(old.pid, 'for the dead')
    a.node.send(pid, 'for the living')
    await cluster.run(1000)
    expect(got).toEqual(['for the living'])
    expect(old.got).toEqual([])
  })

  it('setup runs at every start, in virtual time', async () => {
    const lives: string[] = []
    const setup = async ({ name, life, node }: SimulatedNode) => {
      await node.exited(node.spawn(async (self) => self.sleep(50)))
      lives.push(`${name}${String(life)}`)
    }
    const cluster = await simulateCluster({ nodes: ['x'], later: ['y'], setup })
    await cluster.start('y')
    await cluster.restart('x')
    await cluster.stop('y')
    await cluster.start('y')
    expect(lives).toEqual(['x1', 'y1', 'x2', 'y2'])
    await expect(cluster.start('y')).rejects.toMatchObject({ code: 'testing.node_is_up' })
    expect(() => cluster.crash('z')).toThrow(expect.objectContaining({ code: 'testing.no_such_node' }))
    expect(cluster.trace.filter(({ type }) => type === 'stopped')).toHaveLength(1)
  })

  it('drops and stalls single connections', async () => {
    const [cluster, a, b] = await pair()
    const { got, pid } = keeper(b.node)
    const atA = changes(a)
    await cluster.run(50)
    cluster.stall('a', 'b', 500)
    a.node.send(pid, 1)
    await cluster.run(490)
    expect(got).toEqual([])
    await cluster.run(20)
    expect(got).toEqual([1])
    cluster.drop('a', 'b')
    await cluster.run(50)
    expect(atA).toMatchObject([{ type: 'nodedown', reason: 'connection_closed' }])
    a.node.send(pid, 2)
    await cluster.run(100)
    expect(got).toEqual([1, 2])
  })

  it('on one machine nodes find each other by the port mapper, whoever serves it', async () => {
    const cluster = await simulateCluster({ seed: 3, nodes: 3, machines: 'one' })
    const connects = (from: string, to: string) =>
      cluster.until(cluster.node(from).distribution.connect(`${to}@cluster`))
    expect(await connects('b', 'c')).toBe(true)
    cluster.crash('a')
    await cluster.run(2000)
    await cluster.restart('a')
    expect(await connects('a', 'b')).toBe(true)
    expect(cluster.trace.some(({ type }) => type === 'line')).toBe(true)
    await cluster.stop()
  })

  it('a peer that takes nothing holds back what is written, in order', async () => {
    const [cluster, a, b] = await pair()
    const { got, pid } = keeper(b.node)
    cluster.cutOneWay('b', 'a')
    for (let i = 0; i < 50; i++) a.node.send(pid, new Uint8Array(10_000).fill(i))
    await cluster.run(500)
    // A window's worth arrives, and then nothing without acknowledgement.
    expect(got.length).toBeGreaterThan(2)
    expect(got.length).toBeLessThan(30)
    cluster.heal()
    await cluster.run(1500)
    expect(got.map((bytes) => (bytes as Uint8Array)[0])).toEqual(Array.from({ length: 50 }, (_, i) => i))
  })
})
