/** Peers: nodes in OS processes of their own, which a test talks to. */
import { createNode, type Node, type Process } from '@agner/core'
import { startDistribution, type Distribution, type DistributionOptions } from '@agner/distribution'
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest'
import { peerCookie, peerDiscovery, randomPeerName, startPeer, type Peer } from '../../src/index.ts'
import type Shop from './shop.ts'

const module = new URL('shop.ts', import.meta.url)
const running: { readonly node: Node; readonly distribution: Distribution }[] = []

async function here(options: Partial<DistributionOptions> = {}): Promise<(typeof running)[number]> {
  const node = createNode({ name: randomPeerName('here'), report: () => {} })
  const distribution = await startDistribution(node, { cookie: peerCookie(), portMapper: false, ...options })
  running.push({ node, distribution })
  return { node, distribution }
}

afterEach(async () => {
  for (const { node, distribution } of running.splice(0)) {
    await distribution.stop()
    await node.stop()
  }
})

describe('a peer', () => {
  it('is connected to a node of the test; pids are the same over its channel and over the wire', async () => {
    const { node, distribution } = await here()
    await using peer = await startPeer<typeof Shop>({ module, connection: distribution })
    expect(distribution.nodes()).toEqual([peer.name])
    expect(await peer.call('nodes')).toEqual([node.name])
    const own = await peer.call('own')
    expect(own).toMatchObject({ name: peer.name, isDistributed: true, osPid: peer.osPid })
    expect(own.args).toBeUndefined()
    const byWire = await node.request({ name: 'echo', node: peer.name }, own.echo)
    expect(byWire).toBe(own.echo)
    expect(await node.request(own.echo, [1n, new Date(0), null])).toEqual([1n, new Date(0), null])
    const mine = node.spawn(async (self: Process<unknown>) => void (await self.receive()))
    expect(await peer.call('echo', { mine })).toEqual({ mine })
    peer.send('sink', { hello: mine })
    peer.send('nobody', 1)
    expect(await peer.until((message) => JSON.stringify(message).includes('hello'))).toEqual({ got: { hello: mine } })
  })

  it('has names, arguments, flags and variables as it was told', async () => {
    await using peer = await startPeer<typeof Shop>({
      module: module.href,
      name: 'shop',
      args: {},
      connection: 'none',
      env: { SHOP_OPEN: 'yes' },
      nodeFlags: ['--max-old-space-size=128'],
    })
    expect(peer.name).toBe('shop@127.0.0.1')
    expect(await peer.call('own')).toMatchObject({ name: 'shop@127.0.0.1', args: {}, isDistributed: false })
    expect(await peer.call('variable', 'SHOP_OPEN')).toBe('yes')
    expect(await peer.call('flags')).toContain('--max-old-space-size=128')
    await peer.call('print', 'on the counter')
    expect(await peer.stop()).toEqual({ code: 0, signal: null })
    expect(peer.output).toBe('on the counter\n')
  })

  it('throws what its functions throw, and takes and gives nothing that cannot be sent', async () => {
    await using peer = await startPeer<typeof Shop>({ module, connection: 'none' })
    expect(await peer.call('sell', 2)).toBe(1)
    expect(await peer.call('sellAll')).toBe(0)
    await expect(peer.call('sell', 4)).rejects.toMatchObject({
      name: 'RangeError',
      message: 'only three are left',
      code: 'shop.sold_out',
      stack: expect.stringContaining('shop.ts') as string,
    })
    await expect(peer.call('refuse')).rejects.toBe('no')
    await expect(peer.call('unsendable')).rejects.toMatchObject({ code: 'testing.peer_unsendable' })
    await expect(peer.call('echo', () => {})).rejects.toMatchObject({ code: 'testing.peer_unsendable' })
    expect(() => peer.send('sink', Symbol('x'))).toThrow(expect.objectContaining({ code: 'testing.peer_unsendable' }))
    await expect((peer as unknown as Peer<{ rob(): void }>).call('rob')).rejects.toMatchObject({
      code: 'testing.peer_no_call',
      message: expect.stringContaining('echo, own, nodes') as string,
    })
    for (const inherited of ['toString', 'constructor', '__proto__'])
      await expect(peer.call(inherited as 'never')).rejects.toMatchObject({ code: 'testing.peer_no_call' })
    peer.cast('tell', 'cast')
    expect(await peer.until((message): message is string => message === 'cast')).toBe('cast')
    expectTypeOf(peer.call('sell', 1)).toEqualTypeOf<Promise<number>>()
    // @ts-expect-error -- it takes a number, and is never called
    expect(() => peer.call('sell', 'x') satisfies never).toBeInstanceOf(Function)
  })

  it.each<[string, unknown]>([
    ['a word, as process managers have it', 'ready'],
    ['an object', { type: 'ready', '@agner/testing': 'not so' }],
    ['bytes', new Uint8Array(3)],
  ])('is not disturbed by a program that says something on the channel itself: %s', async (_, foreign) => {
    await using peer = await startPeer<typeof Shop>({ module, args: { foreign }, connection: 'none' })
    expect(await peer.call('sell', 1)).toBe(2)
  })

  it('is found by other peers, and by a node with peerDiscovery; their connections are those of any nodes', async () => {
    const { node, distribution } = await here({ discovery: peerDiscovery() })
    await using all = new AsyncDisposableStack()
    const [one, two] = await Promise.all([startPeer<typeof Shop>({ module }), startPeer<typeof Shop>({ module })])
    all.use(one)
    all.use(two)
    expect(await one.call('connect', two.name)).toBe(true)
    expect(await two.call('nodes')).toEqual([one.name])
    expect(await node.request({ name: 'echo', node: one.name }, 1)).toBe(1)
    expect(await one.call('connect', 'nobody@127.0.0.1')).toBe(false)
    await one.stop()
    expect(await distribution.connect(one.name)).toBe(false)
  })
})

describe('a peer that does not come up', () => {
  it('since its program throws: the error has that as its cause, and what was printed', async () => {
    await expect(startPeer<typeof Shop>({ module, args: { fault: 'throws' } })).rejects.toMatchObject({
      code: 'testing.peer_start_failed',
      message: expect.stringMatching(
        /its program failed\. the shelves are empty.*it is going to be: throws/s,
      ) as string,
      cause: { message: 'the shelves are empty', code: 'shop.empty' },
    })
  })

  it('since it ends: the error says how, and what it printed', async () => {
    const began = startPeer<typeof Shop>({ module, args: { fault: 'rejects' }, connection: 'none' })
    await expect(began).rejects.toMatchObject({
      code: 'testing.peer_start_failed',
      message: expect.stringMatching(/it ended with the code 1\. .*nobody handles this/s) as string,
    })
  })

  it('since a program of the prefix stays between it and its starter', async () => {
    const prefix = ['sh', '-c', '"$@"; exit', 'sh']
    await expect(startPeer<typeof Shop>({ module, connection: 'none', prefix })).rejects.toMatchObject({
      code: 'testing.peer_start_failed',
      message: expect.stringMatching(/it ended with the code 69\. .* is not its parent/s) as string,
    })
  })

  it.each([
    ['that is not there', new URL('nothing.ts', import.meta.url), /Cannot find module/],
    ['without a program', new URL('../../src/fifo.ts', import.meta.url), /is no program of a peer/],
  ])('from a module %s', async (_, wrong, message) => {
    await expect(startPeer({ module: wrong, connection: 'none' })).rejects.toMatchObject({
      code: 'testing.peer_start_failed',
      message: expect.stringMatching(message) as string,
    })
  })

  it('since it takes too long is killed', async () => {
    const began = startPeer<typeof Shop>({ module, args: { fault: 'hangs' }, connection: 'none', startTimeoutMs: 300 })
    await expect(began).rejects.toMatchObject({
      code: 'testing.peer_start_timeout',
      message: expect.stringMatching(/within 300 ms, and was killed/) as string,
    })
  })

  it('since it cannot connect', async () => {
    const { distribution } = await here()
    const began = startPeer<typeof Shop>({ module, connection: distribution, cookie: 'quite another cookie' })
    await expect(began).rejects.toMatchObject({
      code: 'testing.peer_start_failed',
      cause: { code: 'testing.peer_not_connected', message: expect.stringContaining('cookie') as string },
    })
    expect(distribution.nodes()).toEqual([])
  })

  it.each([
    ['module', { module: './shop.ts' }],
    ['module', { module: 7 }],
    ['name', { name: 'a@b@c' }],
    ['name', { name: '' }],
    ['startTimeoutMs', { startTimeoutMs: 0 }],
    ['callTimeoutMs', { callTimeoutMs: Number.NaN }],
  ])('for %s: %j', async (option, wrong) => {
    await expect(startPeer({ module, ...wrong } as never)).rejects.toMatchObject({
      code: 'testing.peer_bad_option',
      message: expect.stringContaining(`startPeer: ${option} must`) as string,
    })
  })

  it('for a connection to a node that does not listen, and arguments that cannot be sent', async () => {
    const { distribution } = await here({ listen: false })
    await expect(startPeer({ module, connection: distribution })).rejects.toMatchObject({
      code: 'testing.peer_bad_option',
    })
    await expect(startPeer({ module, args: () => {} })).rejects.toMatchObject({ code: 'testing.peer_unsendable' })
  })
})

describe('a peer that does not answer', () => {
  it('in time: the call fails, and a late answer is lost; once it has ended, with what it printed', async () => {
    await using peer = await startPeer<typeof Shop>({ module, connection: 'none', callTimeoutMs: 300 })
    await expect(peer.call('hold', 500)).rejects.toMatchObject({ code: 'testing.peer_call_timeout' })
    await expect(peer.until(() => false)).rejects.toMatchObject({ code: 'testing.peer_silent' })
    peer.cast('print', 'that is all')
    peer.cast('tell', 'still there')
    while (peer.said.length === 0) await peer.until(() => true).catch(() => {})
    expect(peer.said).toEqual(['still there'])
    peer.cast('end', 4)
    await peer.exited
    await expect(peer.call('never')).rejects.toMatchObject({
      code: 'testing.peer_gone',
      message: expect.stringMatching(/ended with the code 4\. It printed:\nthat is all/) as string,
    })
  })

  it('since it was killed: what is open fails at once, and what comes after it', async () => {
    const peer = await startPeer<typeof Shop>({ module, connection: 'none', callTimeoutMs: Infinity })
    const open = [peer.call('never'), peer.until(() => false)].map((each) => expect(each).rejects.toMatchObject(gone))
    expect(peer.kill()).toBe(true)
    await Promise.all(open)
    expect(await peer.exited).toEqual({ code: null, signal: 'SIGKILL' })
    await expect(peer.call('never')).rejects.toMatchObject(gone)
    peer.cast('never')
    peer.send('sink', 1)
    expect(peer.kill()).toBe(false)
    expect(await peer.stop()).toEqual({ code: null, signal: 'SIGKILL' })
  })
})

const gone = { code: 'testing.peer_gone', message: expect.stringContaining('the signal SIGKILL') as string }

describe('a peer that is stopped', () => {
  it('takes leave of the peers of its node and ends by itself; so does one whose scope ends', async () => {
    const { distribution } = await here()
    const peer = await startPeer<typeof Shop>({ module, connection: distribution })
    const reasons: unknown[] = []
    distribution.onNodeChange((change) => reasons.push(change.type === 'nodedown' && change.reason))
    {
      await using scoped = peer
      void scoped.stop()
    }
    expect(await peer.exited).toEqual({ code: 0, signal: null })
    expect(reasons).toEqual(['shutdown'])
  })

  it('ends in its own time if it may, and is not called any more meanwhile', async () => {
    const peer = await startPeer<typeof Shop>({ module, connection: 'none', callTimeoutMs: Infinity })
    await peer.call('linger', 100)
    const stopped = peer.stop({ timeoutMs: Infinity })
    await expect(peer.call('flags')).rejects.toMatchObject({
      code: 'testing.peer_stopping',
      message: expect.stringContaining('Call flags() before stop()') as string,
    })
    expect(await stopped).toEqual({ code: 0, signal: null })
    await expect(peer.call('flags')).rejects.toMatchObject({ code: 'testing.peer_gone' })
  })

  it('again, in less time, is killed when that is over; without a time it waits', async () => {
    const peer = await startPeer<typeof Shop>({ module, connection: 'none' })
    await peer.call('stay')
    const all = [peer.stop({ timeoutMs: 2 ** 31 - 1 }), peer.stop(), peer.stop({ timeoutMs: 100 })]
    expect(await Promise.all(all)).toEqual(all.map(() => ({ code: null, signal: 'SIGKILL' })))
  })

  it('is not within what is no time, and goes on', async () => {
    await using peer = await startPeer<typeof Shop>({ module, connection: 'none' })
    for (const timeoutMs of [Number.NaN, 0, -1, 2 ** 31])
      await expect(peer.stop({ timeoutMs })).rejects.toMatchObject({ code: 'testing.peer_bad_timeout' })
    expect(await peer.call('sell', 1)).toBe(2)
  })

  it.each([
    ['something keeps it alive', 'stay'],
    ['it is frozen', 'freeze'],
  ] as const)('is killed when %s', async (_, how) => {
    const peer = await startPeer<typeof Shop>({ module, connection: 'none' })
    if (how === 'stay') await peer.call('stay')
    else peer.kill('SIGSTOP')
    expect(await peer.stop({ timeoutMs: 300 })).toEqual({ code: null, signal: 'SIGKILL' })
  })
})
