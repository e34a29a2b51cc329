/**
 * A tick interval that changes while connections stand.
 */
import { describe, expect, it } from 'vitest'
import { createVirtualRuntime } from '@agner/testing'
import { Liveness } from '../src/liveness/liveness.ts'
import { createCluster, type Member } from './cluster.ts'
import { muffle } from './muffled.ts'

const changesOf = ({ distribution }: Member): string[] => {
  const changes: string[] = []
  distribution.onNodeChange((change) => changes.push(change.type === 'nodedown' ? change.reason : change.node))
  return changes
}

const pair = async (tickMs: number, seed?: number) => {
  const cluster = createCluster(seed)
  const net = muffle(cluster.network)
  const b = await cluster.start('b@h', { listen: { port: 2 }, portMapper: false, tickMs })
  const a = await cluster.start('a@h', {
    listen: false,
    portMapper: false,
    hosts: { 'b@h': '127.0.0.1:2' },
    network: net,
    tickMs,
  })
  const changes = changesOf(a)
  const changesOfB = changesOf(b)
  await cluster.runtime.runUntil(a.distribution.connect('b@h'))
  return { cluster, net, a, b, changes, changesOfB }
}

describe('setTickMs', () => {
  it('makes a loss known sooner once both have changed; not before', async () => {
    const { cluster, net, a, b, changes } = await pair(15_000)
    const { runtime } = cluster
    a.distribution.setTickMs(1000)
    await runtime.advance(60_000)
    // The slower of the two sets the pace.
    net.dropsTicks = true
    await runtime.advance(20_000)
    expect(changes).toEqual(['b@h'])
    net.dropsTicks = false
    b.distribution.setTickMs(1000)
    await runtime.advance(10_000)
    expect([a.distribution.tickMs, b.distribution.tickMs]).toEqual([1000, 1000])
    const beforeMs = runtime.nowMs()
    net.isDeaf = true
    while (changes.length === 1) await runtime.advance(100)
    const tookMs = runtime.nowMs() - beforeMs
    expect(tookMs).toBeGreaterThanOrEqual(3000)
    expect(tookMs).toBeLessThanOrEqual(5100)
    expect(changes).toEqual(['b@h', 'net_tick_timeout'])
    await cluster.stop()
  })

  it('keeps connections up while nodes are changed one after the other, whatever the order and the distance', async () => {
    for (const [from, to] of [
      [100, 60_000],
      [60_000, 100],
      [1000, 3000],
    ] as const)
      for (const order of [0, 1]) {
        const { cluster, a, b, changes, changesOfB } = await pair(from, from + order)
        const nodes = order === 0 ? [a, b] : [b, a]
        for (const { distribution } of nodes) {
          distribution.setTickMs(to)
          await cluster.runtime.advance(4 * 60_000)
        }
        await cluster.runtime.advance(10 * 60_000)
        expect([changes, changesOfB]).toEqual([['b@h'], ['a@h']])
        await cluster.stop()
      }
  })

  it('counts for new connections, and for those whose handshake is under way', async () => {
    const cluster = createCluster()
    const { runtime } = cluster
    const a = await cluster.start('a@h', { tickMs: 100 })
    const b = await cluster.start('b@h', { tickMs: 100 })
    const connecting = a.distribution.connect('b@h')
    a.distribution.setTickMs(60_000)
    expect(await runtime.runUntil(connecting)).toBe(true)
    const changes = changesOf(b)
    await runtime.advance(600_000)
    expect(changes).toEqual([])
    await cluster.stop()
  })

  it('refuses what is no interval, and a distribution that is stopped', async () => {
    const cluster = createCluster()
    const { distribution } = await cluster.start('a@h')
    for (const bad of [0, -1, 1.5, Infinity, 2 ** 31])
      expect(() => distribution.setTickMs(bad)).toThrow(expect.objectContaining({ code: 'distribution.bad_option' }))
    await cluster.stop()
    expect(() => distribution.setTickMs(1000)).toThrow(expect.objectContaining({ code: 'distribution.stopped' }))
    expect(cluster.runtime.pendingTimers).toBe(0)
  })
})

describe('the beat of a node', () => {
  const liveness = () =>
    new Liveness({
      runtime: createVirtualRuntime(),
      makePost: null,
      listen: null,
      tickMs: 1000,
      busyLimitMs: 1,
      timeoutMs: 1000,
      log: () => {},
      tell: () => {},
      suspected: () => {},
    })
  const terms = { peer: 'b@h', peerTickMs: 1000, key: null, isHidden: false, direction: 'in', dialled: null } as const

  it('stays as quick as a peer was promised that cannot be told, as long as that is there', () => {
    const own = liveness()
    const older = own.watch({ ...terms, promisedMs: 1000, hearsPace: false })
    own.watch({ ...terms, promisedMs: 1000, hearsPace: true })
    own.retime(10_000)
    expect(own.beatMs).toBe(1000)
    // Silence is counted in beats: 40 of them are four intervals of this node.
    for (let i = 0; i < 40; i++) expect(older.beat()).not.toBe('down')
    expect(older.beat()).toBe('down')
    own.unwatch(older)
    expect(own.beatMs).toBe(10_000)
    own.retime(500)
    own.watch({ ...terms, promisedMs: 1000, hearsPace: false })
    expect(own.beatMs).toBe(500)
  })
})
