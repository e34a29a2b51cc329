/** Busy is not dead, between OS processes: threads that are held, processes that are stopped, killed, and go on. */
import { createNode, type Down, type Node, type Process } from '@agner/core'
import { freePort } from '@agner/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startDistribution, unix, type Distribution, type DistributionOptions } from '../../src/index.ts'
import { livenessThread } from '../../src/liveness/thread.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endPeers, startPeer, type Peer, type PeerOptions } from './peers.ts'

const cookie = 'a cookie for the tests'
const tickMs = 250
const limitMs = 4 * tickMs
let mapperPort: number
const running: { node: Node; distribution: Distribution }[] = []

interface Here {
  readonly node: Node
  readonly distribution: Distribution
  /** What is told of nodes, and when. */
  readonly told: { readonly what: string; readonly atMs: number }[]
  readonly notices: string[]
}

async function start(name: string, options: Partial<DistributionOptions> = {}): Promise<Here> {
  const told: Here['told'] = []
  const notices: string[] = []
  const tell = (what: string): void => void told.push({ what, atMs: performance.now() })
  const node = createNode({ name, report: () => {} })
  const distribution = await startDistribution(node, {
    cookie,
    tickMs,
    portMapper: { port: mapperPort },
    log: (notice) => notices.push(notice.text),
    ...options,
  })
  running.push({ node, distribution })
  distribution.onNodeChange((change) => tell(change.type === 'nodedown' ? `nodedown ${change.reason}` : change.type))
  distribution.onHealthChange(({ type }) => tell(type))
  return { node, distribution, told, notices }
}

const words = ({ told }: Here): string[] => told.map(({ what }) => what)

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function hold(ms: number): void {
  const endMs = performance.now() + ms
  while (performance.now() < endMs);
}

const laneOf = ({ distribution }: Here, name: string): string | undefined =>
  distribution.status().peers.find(({ node }) => node === name)?.lane

interface Two {
  readonly a: Here
  readonly p: Peer
  /** What the monitor of a process of p was told. */
  readonly downs: Down[]
}

async function two(
  own: Partial<DistributionOptions> = {},
  peers: PeerOptions = {},
  lane = 'up',
  flags: readonly string[] = [],
): Promise<Two> {
  const p = await startPeer('p@127.0.0.1', cookie, mapperPort, { tickMs, ...peers }, flags)
  const a = await start('a@127.0.0.1', own)
  expect(await a.distribution.connect('p@127.0.0.1')).toBe(true)
  const downs: Down[] = []
  a.node.spawn(async (self: Process<Down>) => {
    self.monitor({ name: 'sink', node: 'p@127.0.0.1' })
    for (;;) downs.push(await self.receive())
  })
  await until(() => laneOf(a, 'p@127.0.0.1') === lane)
  // Its first ticks have been heard, and the monitor stands.
  if (lane === 'up') await until(() => a.distribution.status().peers[0]?.lagMs !== null)
  await pause(100)
  return { a, p, downs }
}

async function holdPeer(p: Peer, ms: number): Promise<void> {
  p.hold(ms)
  await p.until(({ event }) => event === 'holding')
}

beforeEach(async () => {
  mapperPort = await freePort()
})

afterEach(async () => {
  for (const { distribution, node } of running.splice(0)) {
    await distribution.stop()
    await node.stop()
  }
  await endPeers()
  expect(livenessThread.worker).toBe(null)
})

describe('a process whose thread is held', () => {
  it('for three times the limit is suspect, never down; what was sent meanwhile arrives in order', async () => {
    const { a, p, downs } = await two()
    await holdPeer(p, 3 * limitMs)
    for (let i = 0; i < 20; i++) {
      a.node.send({ name: 'sink', node: 'p@127.0.0.1' } as never, i as never)
      await pause((3 * limitMs) / 25)
    }
    await p.until(({ event, message }) => event === 'got' && message === 19)
    await until(() => words(a).includes('noderecovered'))
    expect(words(a)).toEqual(['nodeup', 'nodesuspect', 'noderecovered'])
    expect(p.events.filter(({ event }) => event === 'got').map(({ message }) => message)).toEqual([
      ...Array.from({ length: 20 }).keys(),
    ])
    expect([downs, a.distribution.stats().suspicions, a.distribution.stats().nodedowns]).toEqual([[], 1, 0])
    // It did not give up those whom it could not hear.
    await pause(2 * limitMs)
    expect(p.events.filter(({ event }) => event === 'nodedown' || event === 'nodesuspect')).toEqual([])
  })

  it('is told so from the other side, too', async () => {
    const { a, p } = await two()
    hold(3 * limitMs)
    await p.until(({ event }) => event === 'nodesuspect')
    await p.until(({ event }) => event === 'noderecovered')
    expect(p.events.filter(({ event }) => event === 'nodedown')).toEqual([])
    await pause(2 * limitMs)
    expect(words(a)).toEqual(['nodeup'])
    expect(a.distribution.stats().lagMs).toBeGreaterThan(2 * limitMs)
  })

  it('and that is killed is down at once', async () => {
    const { a, p, downs } = await two()
    await holdPeer(p, 60_000)
    await until(() => words(a).includes('nodesuspect'))
    const killedMs = performance.now()
    p.signal('SIGKILL')
    await until(() => words(a).length === 3)
    expect(words(a).at(-1)).toBe('nodedown connection_closed')
    expect((a.told.at(-1)?.atMs ?? 0) - killedMs).toBeLessThan(tickMs)
    await until(() => downs.length > 0)
    expect(downs).toMatchObject([{ reason: 'noconnection' }])
  })

  it('and that is stopped then is down after the limit', async () => {
    const { a, p } = await two()
    await holdPeer(p, 60_000)
    await until(() => words(a).includes('nodesuspect'))
    p.signal('SIGSTOP')
    await until(() => words(a).length === 3)
    expect(words(a).at(-1)).toBe('nodedown net_tick_timeout')
  })

  it('for longer than the stated maximum is down with busy_timeout', async () => {
    const { a, p, downs } = await two({ liveness: { busyLimitMs: 1000 } })
    await holdPeer(p, 60_000)
    await until(() => words(a).length === 3)
    expect(words(a)).toEqual(['nodeup', 'nodesuspect', 'nodedown busy_timeout'])
    const [, suspect, down] = a.told.map(({ atMs }) => atMs)
    expect((down ?? 0) - (suspect ?? 0)).toBeGreaterThan(900)
    await until(() => downs.length > 0)
  })

  it.each([
    ['here', { liveness: false }, {}],
    ['there', {}, { liveness: false }],
  ] as const)('with liveness switched off %s is down after the limit', async (_, own, peers) => {
    const { a, p } = await two(own, peers, 'none')
    await holdPeer(p, 60_000)
    await until(() => words(a).length === 2)
    expect(words(a)).toEqual(['nodeup', 'nodedown net_tick_timeout'])
    expect(livenessThread.worker).toBe(null)
  })
})

describe('a process that is stopped', () => {
  it('for longer than the limit is down within the bounds of ticks; then it goes on: one DOWN, a new connection', async () => {
    const { a, p, downs } = await two()
    const stoppedMs = performance.now()
    p.signal('SIGSTOP')
    await until(() => words(a).length === 2)
    expect(words(a)).toEqual(['nodeup', 'nodedown net_tick_timeout'])
    const tookMs = (a.told.at(-1)?.atMs ?? 0) - stoppedMs
    // From three to five intervals, give or take what this machine is late.
    expect(tookMs).toBeGreaterThan(3 * tickMs - 50)
    expect(tookMs).toBeLessThan(8 * tickMs)
    p.signal('SIGCONT')
    await p.until(({ event, reason }) => event === 'nodedown' && reason === 'connection_closed')
    expect(await a.distribution.connect('p@127.0.0.1')).toBe(true)
    await until(() => laneOf(a, 'p@127.0.0.1') === 'up')
    await pause(limitMs)
    expect(words(a)).toEqual(['nodeup', 'nodedown net_tick_timeout', 'nodeup'])
    expect(downs).toMatchObject([{ reason: 'noconnection' }])
  })

  it('for less is not noticed', async () => {
    const { a, p, downs } = await two({ tickMs: 500 }, { tickMs: 500 })
    p.signal('SIGSTOP')
    await pause(1000)
    p.signal('SIGCONT')
    await pause(3000)
    expect([words(a), downs]).toEqual([['nodeup'], []])
    expect(p.events.filter(({ event }) => event === 'nodedown' || event === 'nodesuspect')).toEqual([])
  })
})

describe('the liveness thread', () => {
  it('that dies is started again, and its lanes are made anew on both sides', async () => {
    const { a, p } = await two()
    await livenessThread.worker?.terminate()
    expect(laneOf(a, 'p@127.0.0.1')).toBe('waiting')
    await until(() => laneOf(a, 'p@127.0.0.1') === 'up')
    expect(a.notices.filter((text) => text.includes('liveness'))).toEqual([
      'the liveness thread has died, and is started again: it ended',
    ])
    await holdPeer(p, 3 * limitMs)
    await until(() => words(a).includes('noderecovered'))
    expect(words(a)).toEqual(['nodeup', 'nodesuspect', 'noderecovered'])
  })

  it('of the node that was dialled tells the others where it is now', async () => {
    const [a, b] = [await start('a@127.0.0.1'), await start('b@127.0.0.1')]
    await a.distribution.connect('b@127.0.0.1')
    await until(() => laneOf(a, 'b@127.0.0.1') === 'up' && laneOf(b, 'a@127.0.0.1') === 'up')
    await livenessThread.worker?.terminate()
    await until(() => laneOf(a, 'b@127.0.0.1') === 'up' && laneOf(b, 'a@127.0.0.1') === 'up')
  })

  it('takes the port that it is given, and says what is wrong if it is taken', async () => {
    const port = await freePort()
    const [a, b] = [await start('a@127.0.0.1'), await start('b@127.0.0.1', { liveness: { port } })]
    const c = await start('c@127.0.0.1', { liveness: { port } })
    await a.distribution.connect('b@127.0.0.1')
    await until(() => laneOf(a, 'b@127.0.0.1') === 'up')
    await a.distribution.connect('c@127.0.0.1')
    await until(() => c.notices.some((text) => text.includes('EADDRINUSE')))
    expect(c.notices.filter((text) => text.startsWith('liveness cannot listen'))).toHaveLength(1)
    expect([laneOf(a, 'c@127.0.0.1'), b.notices]).toEqual(['waiting', []])
  })

  it('speaks TCP also where nodes speak by Unix sockets', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agner-'))
    try {
      const options = { network: unix({ folder }) }
      const [a, b] = [await start('a@127.0.0.1', options), await start('b@127.0.0.1', options)]
      await a.distribution.connect('b@127.0.0.1')
      await until(() => laneOf(a, 'b@127.0.0.1') === 'up' && laneOf(b, 'a@127.0.0.1') === 'up')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('that may not be is said so once, and silence is all that counts', async () => {
    const flags = ['--permission', '--allow-fs-read=*', '--no-warnings']
    const { a, p } = await two({}, {}, 'waiting', flags)
    const reports = (): string[] => p.events.flatMap(({ report }) => (typeof report === 'string' ? [report] : []))
    await until(() =>
      reports().some((text) => text.includes('ERR_ACCESS_DENIED') || text.includes('Access to this API')),
    )
    expect(reports().filter((text) => text.startsWith('there is no liveness thread'))).toHaveLength(1)
    await holdPeer(p, 60_000)
    await until(() => words(a).length === 2)
    expect(words(a)).toEqual(['nodeup', 'nodedown net_tick_timeout'])
  })

  it('is not started for a node without peers, and ends with the last that has some', async () => {
    const a = await start('a@127.0.0.1')
    expect(livenessThread.worker).toBe(null)
    const b = await start('b@127.0.0.1')
    await a.distribution.connect('b@127.0.0.1')
    await until(() => laneOf(a, 'b@127.0.0.1') === 'up')
    await a.distribution.stop()
    expect(livenessThread.worker).not.toBe(null)
    await b.distribution.stop()
    expect(livenessThread.worker).toBe(null)
  })
})
