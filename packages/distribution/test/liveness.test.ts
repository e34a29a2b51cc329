/** What a distribution does with its post: when it makes one, whom it tells, what it says when that cannot be had. */
import { describe, expect, it } from 'vitest'
import { LocalPost, MemoryNetwork, type DistributionOptions, type MakePost, type Network } from '../src/index.ts'
import { opcode } from '../src/wire/opcodes.ts'
import { cookie, createCluster, type Cluster, type Member } from './cluster.ts'
import { meet } from './stranger.ts'

interface Posts {
  readonly made: string[]
  of(name: string, network?: Network): { readonly network: Network }
}

/** Gives nodes posts that speak over `paths`, or a network of their own. */
function posts(cluster: Cluster): Posts {
  const { runtime, network } = cluster
  const paths = new MemoryNetwork({ runtime })
  const made: string[] = []
  return {
    made,
    of(name, path = paths) {
      const liveness: MakePost = (events, timeoutMs) => {
        made.push(name)
        return new LocalPost({ runtime, network: path, events, timeoutMs })
      }
      return {
        network: {
          liveness,
          listen: (address, accept) => network.listen(address, accept),
          connect: (address, handlers) => network.connect(address, handlers),
        },
      }
    },
  }
}

async function two(own: Partial<DistributionOptions>, other: Partial<DistributionOptions>, cluster: Cluster) {
  const a = await cluster.start('a@h', own)
  const b = await cluster.start('b@h', other)
  expect(await cluster.runtime.runUntil(a.distribution.connect('b@h'))).toBe(true)
  await cluster.runtime.advance(2000)
  return { a, b }
}

const laneOf = ({ distribution }: Member): string | undefined => distribution.status().peers[0]?.lane

describe('a post', () => {
  it('is made with the first peer that has one, and closed with the distribution', async () => {
    const cluster = createCluster()
    const made = posts(cluster)
    const a = await cluster.start('a@h', made.of('a'))
    const old = await cluster.start('old@h')
    await cluster.runtime.runUntil(a.distribution.connect('old@h'))
    expect([made.made, laneOf(a), laneOf(old)]).toEqual([[], 'none', 'none'])
    // Said once, and by the one that has a post.
    a.distribution.disconnect('old@h')
    await cluster.runtime.advance(1000)
    await cluster.runtime.runUntil(a.distribution.connect('old@h'))
    const about = ({ reports }: Member) =>
      reports.all.filter((report) => report.type === 'notice' && report.text.includes('has no liveness thread')).length
    expect([about(a), about(old)]).toEqual([1, 0])
    const b = await cluster.start('b@h', made.of('b'))
    await cluster.runtime.runUntil(b.distribution.connect('a@h'))
    await cluster.runtime.advance(1000)
    expect(made.made.toSorted()).toEqual(['a', 'b'])
    expect(laneOf(b)).toBe('up')
    expect(a.distribution.status().peers.map(({ node, lane }) => `${node} ${lane}`)).toEqual(['old@h none', 'b@h up'])
    await cluster.stop()
    expect(cluster.runtime.pendingTimers).toBe(0)
  })

  it('is not made where it is switched off, whatever the other does', async () => {
    for (const [own, other] of [
      [false, {}],
      [{}, false],
    ] as const) {
      const cluster = createCluster()
      const made = posts(cluster)
      const { a, b } = await two({ ...made.of('a'), liveness: own }, { ...made.of('b'), liveness: other }, cluster)
      expect([made.made, laneOf(a), laneOf(b), a.notices(), b.notices()]).toEqual([[], 'none', 'none', [], []])
      await cluster.stop()
    }
  })

  it('of a node that does not listen dials only', async () => {
    const cluster = createCluster()
    const made = posts(cluster)
    const { a, b } = await two({ ...made.of('a'), listen: false }, made.of('b'), cluster)
    expect([laneOf(a), laneOf(b)]).toEqual(['up', 'up'])
    await cluster.stop()
  })

  it('has one lane to each peer, also when both connect at once', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = createCluster(seed)
      const made = posts(cluster)
      const [a, b] = [await cluster.start('a@h', made.of('a')), await cluster.start('b@h', made.of('b'))]
      await cluster.runtime.runUntil(Promise.all([a.distribution.connect('b@h'), b.distribution.connect('a@h')]))
      await cluster.runtime.advance(2000)
      expect([laneOf(a), laneOf(b)]).toEqual(['up', 'up'])
      await cluster.stop()
      expect(cluster.runtime.pendingTimers).toBe(0)
    }
  })

  it('that cannot be reached is said once; the nodes stay connected', async () => {
    const cluster = createCluster()
    const made = posts(cluster)
    // Where a's post dials, nobody is but itself.
    const elsewhere = new MemoryNetwork({ runtime: cluster.runtime })
    const { a, b } = await two(made.of('a', elsewhere), made.of('b'), cluster)
    await cluster.runtime.advance(600_000)
    expect([laneOf(a), laneOf(b), a.distribution.nodes()]).toEqual(['waiting', 'waiting', ['b@h']])
    expect(a.notices()).toEqual([
      expect.stringMatching(/^the liveness port of b@h cannot be reached: the other side closed it/),
    ])
    expect(b.notices()).toEqual([])
    await cluster.stop()
  })

  it('that cannot listen is said once; the nodes stay connected', async () => {
    const cluster = createCluster()
    const made = posts(cluster)
    const paths = new MemoryNetwork({ runtime: cluster.runtime })
    await paths.listen({ host: '127.0.0.1', port: 7 }, () => expect.unreachable())
    const { a, b } = await two(made.of('a', paths), { ...made.of('b', paths), liveness: { port: 7 } }, cluster)
    expect([laneOf(a), laneOf(b), b.distribution.nodes()]).toEqual(['waiting', 'waiting', ['a@h']])
    expect(b.notices()).toEqual([expect.stringMatching(/^liveness cannot listen on 127.0.0.1:7: EADDRINUSE/)])
    await cluster.stop()
  })
})

it('a peer that says where its post is, unasked, loses its connection', async () => {
  const cluster = createCluster()
  const made = posts(cluster)
  const a = await cluster.start('a@h', made.of('a'))
  const address = a.distribution.listenAddress as { host: string; port: number }
  const somebody = meet(cluster.network, address, { cookie, wanted: 'a@h' })
  await cluster.runtime.settle()
  expect(somebody.isUp).toBe(true)
  somebody.say([opcode.liveness, 0, 1, 0])
  await cluster.runtime.settle()
  expect([somebody.isClosed, made.made]).toEqual([true, []])
  expect(a.notices().join()).toContain('was not asked')
  await cluster.stop()
})

it('who is told of health is told until he is dead, or does not want to be any more', async () => {
  const cluster = createCluster()
  const a = await cluster.start('a@h')
  const ended = a.node.spawn(async (self) => a.distribution.monitorHealth(self))
  await cluster.runtime.settle()
  a.distribution.monitorHealth({ pid: ended }, false)
  const calls: unknown[] = []
  const stop = a.distribution.onHealthChange((change) => calls.push(change))
  stop()
  await cluster.stop()
  expect(() => a.distribution.monitorHealth({ pid: ended })).toThrow(
    expect.objectContaining({ code: 'distribution.stopped' }),
  )
  expect(calls).toEqual([])
})

it('settings that make no sense are refused', async () => {
  for (const liveness of [true, 'on', { busyLimitMs: 0 }, { busyLimitMs: Infinity }, { port: 70_000 }, { port: -1 }])
    await expect(createCluster().start('a@h', { liveness: liveness as never })).rejects.toMatchObject({
      code: 'distribution.bad_option',
    })
})
