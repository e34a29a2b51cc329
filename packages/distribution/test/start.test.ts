import { createNode, type Down } from '@agner/core'
import { describe, expect, it } from 'vitest'
import { startDistribution, type DistributionOptions } from '../src/index.ts'
import { cookie, createCluster } from './cluster.ts'

describe('startDistribution', () => {
  const start = (options: Record<string, unknown>, name = 'a@h') => {
    const cluster = createCluster()
    const node = createNode({ name, runtime: cluster.runtime })
    return cluster.runtime.runUntil(
      startDistribution(node, { network: cluster.network, ...options } as unknown as DistributionOptions),
    )
  }

  it.each([
    ['no cookie', {}, 'distribution.no_cookie', /node -p/],
    ['an empty cookie', { cookie: '' }, 'distribution.no_cookie', /node -p/],
    ['a short cookie', { cookie: 'short' }, 'distribution.weak_cookie', /has 5 characters; at least 16/],
    ['a cookie that is no string', { cookie: 1 }, 'distribution.bad_option', /cookie must be a string; got number/],
    ['a bad port', { cookie, listen: { port: 70_000 } }, 'distribution.bad_option', /listen\.port/],
    ['a bad mapper', { cookie, portMapper: { host: '' } }, 'distribution.bad_option', /portMapper\.host/],
    ['a bad host entry', { cookie, hosts: { x: 'nowhere' } }, 'distribution.bad_option', /hosts\['x'\]/],
    ['a bad tick', { cookie, tickMs: 0 }, 'distribution.bad_option', /tickMs/],
    ['a bad limit', { cookie, limits: { frameBytes: -1 } }, 'distribution.bad_option', /limits\.frameBytes/],
  ])('refuses %s', async (_, options, code, message) => {
    await expect(start(options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
  })

  it('refuses a node without a name, and never repeats a cookie in an error', async () => {
    await expect(start({ cookie }, 'nonode@nohost')).rejects.toMatchObject({ code: 'distribution.no_name' })
    await expect(start({ cookie: 'tiny-secret' })).rejects.not.toThrow(/tiny-secret/)
  })

  it('can be started again after a failure, and not twice', async () => {
    const cluster = createCluster()
    const node = createNode({ name: 'a@h', runtime: cluster.runtime })
    const other = await cluster.network.listen({ host: '127.0.0.1', port: 77 }, () => ({ data() {}, closed() {} }))
    await expect(
      cluster.runtime.runUntil(startDistribution(node, { cookie, network: cluster.network, listen: { port: 77 } })),
    ).rejects.toMatchObject({ code: 'distribution.listen_failed' })
    await other.close()
    const distribution = await cluster.runtime.runUntil(
      startDistribution(node, { cookie, network: cluster.network, listen: { port: 77 } }),
    )
    await expect(startDistribution(node, { cookie, network: cluster.network })).rejects.toMatchObject({
      code: 'node.router_attached',
    })
    expect(distribution.listenAddress).toEqual({ host: '127.0.0.1', port: 77 })
    expect(await distribution.connect('a@h')).toBe(true)
    expect(distribution.nodes()).toEqual([])
    await cluster.runtime.runUntil(distribution.stop())
    await cluster.runtime.runUntil(distribution.stop())
    expect(cluster.runtime.pendingTimers).toBe(0)
  })
})

describe('a refused connection', () => {
  it('for a wrong cookie has one clear line on either side, however often it is tried', async () => {
    const cluster = createCluster()
    const a = await cluster.start('a@h')
    const b = await cluster.start('b@h', { cookie: 'quite another cookie' })
    for (let i = 0; i < 5; i++) expect(await cluster.runtime.runUntil(a.distribution.connect('b@h'))).toBe(false)
    expect(a.notices()).toEqual([
      'b@h refused this node: a@h does not have its cookie. Start both nodes with the same cookie, or give them one for each other with setCookie.',
    ])
    expect(b.notices()).toEqual([
      'refused a@h (as it calls itself) at memory: it does not have the cookie of b@h. Start both nodes with the same cookie, or give them one for each other with setCookie.',
    ])
    expect(b.distribution.stats().refusals).toBe(5)
    await cluster.runtime.advance(11_000)
    await cluster.runtime.runUntil(a.distribution.connect('b@h'))
    expect(a.notices()[1]).toMatch(/\(and 4 times more before\)$/)
    expect([a.distribution.nodes(), b.distribution.nodes()]).toEqual([[], []])
    await cluster.stop()
  })

  it('because another node answers there says so', async () => {
    const cluster = createCluster()
    const b = await cluster.start('b@h', { listen: { port: 2 } })
    const a = await cluster.start('a@h', { hosts: { 'c@h': '127.0.0.1:2', 'd@h': '127.0.0.1:3' } })
    expect(await cluster.runtime.runUntil(a.distribution.connect('c@h'))).toBe(false)
    expect(a.notices().join()).toMatch(/what answers at 127.0.0.1:2 is not c@h/)
    expect(b.notices().join()).toMatch(/refused a@h .* it wanted c@h/)
    expect(await cluster.runtime.runUntil(a.distribution.connect('d@h'))).toBe(false)
    await cluster.stop()
  })

  it('because it would be with itself says so', async () => {
    const cluster = createCluster()
    const a = await cluster.start('a@h', { listen: { port: 2 }, hosts: { 'c@h': '127.0.0.1:2' } })
    expect(await cluster.runtime.runUntil(a.distribution.connect('c@h'))).toBe(false)
    expect(a.notices().join()).toMatch(/same name as this node/)
    await cluster.stop()
  })

  it('because there are too many says so', async () => {
    const cluster = createCluster()
    const a = await cluster.start('a@h', { limits: { connections: 1 } })
    const [b, c] = [await cluster.start('b@h'), await cluster.start('c@h')]
    expect(await cluster.runtime.runUntil(b.distribution.connect('a@h'))).toBe(true)
    expect(await cluster.runtime.runUntil(c.distribution.connect('a@h'))).toBe(false)
    expect(c.notices().join()).toMatch(/busy/)
    expect(a.distribution.nodes()).toEqual(['b@h'])
    await cluster.stop()
  })

  it('because this node has as many as it may says so, and sends nothing', async () => {
    const cluster = createCluster()
    const a = await cluster.start('a@h', { limits: { connections: 2 } })
    const names = ['b@h', 'c@h', 'd@h', 'e@h']
    const members = []
    for (const name of names) members.push(await cluster.start(name))
    // At once: those that are being made count.
    const results = await cluster.runtime.runUntil(Promise.all(names.map((name) => a.distribution.tryConnect(name))))
    expect(results.map(({ connected }) => connected)).toEqual([true, true, false, false])
    expect(results[2]).toMatchObject({ why: 'busy', text: expect.stringMatching(/limits\.connections/) as string })
    expect(a.distribution.nodes()).toEqual(['b@h', 'c@h'])
    expect(a.notices().join()).toMatch(/no connection to d@h: a@h has 2 connections/)
    await cluster.inProcess<Down>(a, async (self) => {
      self.monitor({ name: 'x', node: 'e@h' })
      expect(await self.receive()).toMatchObject({ reason: 'noconnection' })
    })
    expect(a.distribution.stats()).toMatchObject({ connections: 2, connectFailures: 3 })
    // Nor is anybody let in; a place that becomes free is taken again.
    const d = members[2]!.distribution
    expect(await cluster.runtime.runUntil(d.connect('a@h'))).toBe(false)
    a.distribution.disconnect('b@h')
    expect(await cluster.runtime.runUntil(d.connect('a@h'))).toBe(true)
    await cluster.stop()
  })

  it('is not refused for want of room by who is connecting to the same node', async () => {
    const cluster = createCluster()
    const a = await cluster.start('a@h', { limits: { connections: 1 } })
    const b = await cluster.start('b@h', { limits: { connections: 1 } })
    const both = [a.distribution.connect('b@h'), b.distribution.connect('a@h')]
    expect(await cluster.runtime.runUntil(Promise.all(both))).toEqual([true, true])
    expect([a.distribution.nodes(), b.distribution.nodes()]).toEqual([['b@h'], ['a@h']])
    await cluster.stop()
  })

  it('to what is no node, or not allowed, takes nobody the place', async () => {
    const cluster = createCluster()
    const a = await cluster.start('a@h', { limits: { connections: 2 }, allow: ['b@h', 'c@h'] })
    await cluster.start('b@h')
    for (const node of ['nonsense', 'x@h', 'y@h']) a.node.send({ name: 'x', node }, 1)
    expect(await cluster.runtime.runUntil(a.distribution.connect('b@h'))).toBe(true)
    await cluster.stop()
  })

  it('when nothing answers is given up after the handshake timeout', async () => {
    const cluster = createCluster()
    await cluster.network.listen({ host: 'h', port: 9 }, () => ({ data() {}, closed() {} }))
    const a = await cluster.start('a@h', { portMapper: false, hosts: { 'b@h': 'h:9' } })
    const before = cluster.runtime.nowMs()
    expect(await cluster.runtime.runUntil(a.distribution.connect('b@h'))).toBe(false)
    expect(cluster.runtime.nowMs() - before).toBe(7000)
    await cluster.stop()
  })
})
