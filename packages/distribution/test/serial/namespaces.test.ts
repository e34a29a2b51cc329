/**
 * Two nodes on two machines, as far as the network can tell, and what networks and machines do to them. Each time the watcher of either side
 * has two monitors, a link and a request on the other's target: it sees two DOWN, one exit and one failure, then the nodedown, and nothing
 * twice.
 */
import { createNetworkNamespaces, whyNoNetworkNamespaces, type NetworkNamespaces } from '@agner/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { FarPeer, type Side } from './far-peers.ts'

/** Down after four silent intervals: 0.75 to 1.25 s. */
const tickMs = 250
const lack = whyNoNetworkNamespaces()

const lost = ['down noconnection', 'down noconnection', 'exit noconnection', 'failed noconnection']

/** Where CI has none, they fail. */
const isLeftOut = lack !== null && process.env['CI'] === undefined
const settings = isLeftOut
  ? []
  : ([
      { title: 'with liveness', liveness: {} },
      { title: 'without liveness', liveness: false },
    ] as const)

it.each(isLeftOut ? [lack] : [])('are left out outside CI: %s', (why) =>
  console.warn(`namespaces.test.ts was left out: ${why}`),
)

describe.each(settings)('two nodes in two network namespaces, $title', ({ liveness }) => {
  let network: NetworkNamespaces<Side>
  const peers: FarPeer[] = []

  beforeAll(() => {
    network = createNetworkNamespaces(['a', 'b'])
  })
  afterAll(() => network.close())
  afterEach(async () => {
    for (const peer of peers.splice(0)) await peer.kill()
    network.heal()
  })

  /** Both, connected, and each watching the other. */
  const start = async (ms = tickMs): Promise<readonly [FarPeer, FarPeer]> => {
    const [a, b] = [
      new FarPeer(network, 'a', { tickMs: ms, liveness }),
      new FarPeer(network, 'b', { tickMs: ms, liveness }),
    ]
    peers.push(a, b)
    await Promise.all([a.until('ready'), b.until('ready')])
    await watch(a, b)
    return [a, b]
  }
  const watch = async (a: FarPeer, b: FarPeer): Promise<void> => {
    a.order('connect', b.name)
    expect(await a.until('connected')).toMatchObject({ made: true })
    a.order('watch', b.name)
    b.order('watch', a.name)
    await Promise.all([a.until('watching'), b.until('watching')])
  }

  /** Everything was lost, each thing once, and the nodedown came after all of it. */
  const expectLoss = async (peer: FarPeer, reasons: RegExp): Promise<void> => {
    const seen = await peer.seen(5)
    // The failure of a request is told by a promise, a turn later than what comes by the mailbox.
    const mailbox = seen.filter((each) => !each.startsWith('failed'))
    expect(seen.filter((each) => !each.startsWith('nodedown')).toSorted()).toEqual(lost)
    expect(mailbox.at(-1)).toMatch(/^nodedown /)
    expect(mailbox.at(-1)).toMatch(reasons)
  }
  /** What liveness has no part in is tried once. */
  const once = liveness === false ? [] : [null]

  /** They find each other again, nothing of before comes late, and it works. */
  const expectReunion = async (a: FarPeer, b: FarPeer): Promise<void> => {
    expect([...a.rest(), ...b.rest()].filter((type) => type !== 'nodeup')).toEqual([])
    await watch(a, b)
    a.order('load', b.name, 100)
    expect(await b.until('counted')).toMatchObject({ count: 100, wrong: 0 })
    expect(await a.until('loaded')).toMatchObject({ answered: 10 })
    expect((await a.stats()).relations).toEqual((await b.stats()).relations)
  }

  it('a cable is pulled: both lose each other for silence, and meet again when it is back', async () => {
    const [a, b] = await start()
    network.unplug('a')
    await Promise.all([expectLoss(a, /net_tick_timeout/), expectLoss(b, /net_tick_timeout/)])
    network.heal()
    await expectReunion(a, b)
  })

  it.each(once)('a cut that is shorter than the silence that is borne harms nothing', async () => {
    const [a, b] = await start(1000)
    network.unplug('a')
    await new Promise((resolve) => setTimeout(resolve, 300))
    network.heal()
    a.order('load', b.name, 1000)
    expect(await b.until('counted')).toMatchObject({ count: 1000, wrong: 0 })
    expect([...a.rest(), ...b.rest()]).toEqual([])
  })

  it('one side is not heard: the other gives it up, and says so to it', async () => {
    const [a, b] = await start()
    network.cutOneWay('a', 'b')
    await Promise.all([expectLoss(b, /net_tick_timeout/), expectLoss(a, /connection_closed|net_tick_timeout/)])
    network.heal()
    await expectReunion(b, a)
  })

  it.each(once)(
    'one packet in twenty is lost, both ways, under load: everything arrives, once and in order',
    async () => {
      const [a, b] = await start(1500)
      network.lose(5)
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const)
        from.order('load', to.name, 2000)
      for (const peer of [a, b]) {
        expect(await peer.until('counted')).toMatchObject({ count: 2000, wrong: 0 })
        expect([...peer.rest()]).toEqual([])
      }
    },
  )

  it.each(once)('kill -9: the other side knows at once', async () => {
    const [a, b] = await start(60_000)
    await b.kill()
    await expectLoss(a, /connection_closed/)
  })

  it('stopped for longer than the silence that is borne: lost on both sides, each when it can know', async () => {
    const [a, b] = await start()
    b.signal('SIGSTOP')
    await expectLoss(a, /net_tick_timeout/)
    expect(a.rest()).toEqual([])
    b.signal('SIGCONT')
    await expectLoss(b, /connection_closed|net_tick_timeout/)
    await expectReunion(a, b)
  })

  it.each(once)('stopped for less: nothing happens, and what was sent meanwhile arrives', async () => {
    const [a, b] = await start(1000)
    b.signal('SIGSTOP')
    a.order('load', b.name, 1000)
    await new Promise((resolve) => setTimeout(resolve, 700))
    b.signal('SIGCONT')
    expect(await b.until('counted')).toMatchObject({ count: 1000, wrong: 0 })
    expect([...a.rest(), ...b.rest()]).toEqual([])
  })

  it.each(once)(
    '1,000 times connected and disconnected, by turns: everything is told once, and nothing is left',
    async () => {
      const [a, b] = await start(5000)
      b.order('disconnect', a.name)
      await Promise.all([expectLoss(a, /connection_closed|disconnect/), expectLoss(b, /disconnect/)])
      const churn = async (count: number): Promise<void> => {
        a.order('churn', b.name, count)
        expect(await a.until('churned')).toEqual({
          event: 'churned',
          seen: {
            'down noconnection': 2 * count,
            'exit noconnection': count,
            nodedown: count,
            nodeup: count,
          },
          pending: 0,
        })
      }
      await churn(300)
      const before = [await a.stats(), await b.stats()]
      await churn(1000)
      const after = [await a.stats(), await b.stats()]
      for (const [at, stats] of after.entries()) {
        const { processes, sockets = 0, heapBytes = 0 } = before[at]!
        expect(stats).toMatchObject({ processes, relations: [0, 0], connections: 0, pendingHandshakes: 0 })
        expect(stats['sockets']).toBeLessThanOrEqual(sockets + 1)
        // Less than 1 KiB for each time: what is remembered of so many is nothing.
        expect(stats['heapBytes']).toBeLessThan(heapBytes + 1024 * 1024)
      }
    },
  )
})
