/**
 * Names for nodes that have none: given by a node of the cluster, held by a connection.
 */
import { createNode, type Pid } from '@agner/core'
import { describe, expect, it } from 'vitest'
import { requestName, startDistribution, type NameLease } from '../src/index.ts'
import { createCluster, cookie, type Cluster, type Member } from './cluster.ts'

const ask = ({ runtime, network }: Cluster, { distribution, node }: Member, more: object = {}): Promise<NameLease> =>
  runtime.runUntil(
    requestName({ cookie, from: node.name, at: distribution.listenAddress!, runtime, network, tickMs: 1000, ...more }),
  )
const refusal = (asked: Promise<unknown>) =>
  asked.then(
    () => 'given',
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  )

describe('requestName', () => {
  it('gives a name that nobody else has, and a node of that name is as any other', async () => {
    const cluster = createCluster()
    const { runtime, network } = cluster
    const a = await cluster.start('a@h')
    const leases = [await ask(cluster, a, { wish: 'worker@h' }), await ask(cluster, a, { wish: 'worker@h' })]
    const names = leases.map(({ name }) => name)
    expect(names.every((name) => /^worker-[0-9a-f]{12}@h$/.test(name))).toBe(true)
    expect(names[0]).not.toBe(names[1])
    expect([a.distribution.stats().givenNames, a.distribution.nodes('connected')]).toEqual([2, []])
    const [lease] = leases as [NameLease]
    const node = createNode({ name: lease.name, runtime, report: () => {} })
    const distribution = await runtime.runUntil(startDistribution(node, { cookie, network, lease }))
    expect(await runtime.runUntil(distribution.connect('a@h'))).toBe(true)
    expect(a.distribution.nodes()).toEqual([lease.name])
    const got: unknown[] = []
    const sink = node.spawn<unknown>(async (self) => void got.push(await self.receive()))
    a.node.send(sink as Pid<unknown>, 'hello')
    // An idle lease lasts.
    await runtime.advance(600_000)
    expect([got, lease.isHeld]).toEqual([['hello'], true])
    await runtime.runUntil(distribution.stop())
    await runtime.settle()
    expect([lease.isHeld, a.distribution.stats().givenNames]).toEqual([false, 1])
    leases[1]?.release()
    leases[1]?.release()
    await runtime.settle()
    expect(a.distribution.stats().givenNames).toBe(0)
    await runtime.runUntil(node.stop())
    await cluster.stop()
    expect([network.streamCount, runtime.pendingTimers]).toEqual([0, 0])
  })

  it('is lost with its giver, and the distribution of the node stops', async () => {
    const cluster = createCluster()
    const { runtime, network } = cluster
    const [a, b] = [await cluster.start('a@h'), await cluster.start('b@h')]
    const lease = await ask(cluster, a)
    const notices: string[] = []
    const node = createNode({ name: lease.name, runtime, report: () => {} })
    const log = ({ text }: { readonly text: string }) => void notices.push(text)
    const distribution = await runtime.runUntil(startDistribution(node, { cookie, network, lease, log }))
    await runtime.runUntil(distribution.connect('b@h'))
    await runtime.runUntil(a.distribution.stop())
    await runtime.settle()
    expect(await runtime.runUntil(lease.lost)).toContain('closed')
    expect([b.distribution.nodes(), distribution.nodes()]).toEqual([[], []])
    expect(notices.join()).toContain('is not held any more')
    await expect(startDistribution(node, { cookie, network, lease })).rejects.toMatchObject({
      code: 'distribution.name_lost',
    })
    // The node can go on without a cluster, or under another name's lease it cannot.
    const other = await ask(cluster, b)
    await expect(startDistribution(node, { cookie, network, lease: other })).rejects.toMatchObject({
      code: 'distribution.bad_option',
    })
    await runtime.runUntil(node.stop())
    await cluster.stop()
  })

  it('says why there is none: another cookie, nobody there, somebody else, not allowed, too many', async () => {
    const cluster = createCluster()
    const a = await cluster.start('a@h', { limits: { givenNames: 1 }, allow: ['node@127.0.0.1'] })
    const reasons = [
      await refusal(ask(cluster, a, { cookie: 'quite another cookie' })),
      await refusal(ask(cluster, a, { at: { host: '127.0.0.1', port: 9 } })),
      await refusal(ask(cluster, a, { from: 'b@h' })),
      await refusal(ask(cluster, a, { wish: 'worker@h' })),
      await refusal(ask(cluster, a)),
      await refusal(ask(cluster, a)),
    ]
    expect(
      reasons.map((reason) => reason.replace(/^distribution\.no_name_given: The node \S+ gave no name: /, '')),
    ).toEqual([
      expect.stringContaining('does not have its cookie'),
      expect.stringContaining('ECONNREFUSED'),
      expect.stringContaining('is not b@h'),
      expect.stringContaining('not among those that it allows'),
      'given',
      expect.stringContaining('busy'),
    ])
    expect(await refusal(ask(cluster, a, { wish: 'no name' }))).toContain('distribution.bad_option')
    expect(await refusal(ask(cluster, a, { cookie: 'short' }))).toContain('distribution.weak_cookie')
    await cluster.stop()
  })

  it('lets a node with a given name in where only some are allowed', async () => {
    const cluster = createCluster()
    const { runtime, network } = cluster
    const a = await cluster.start('a@h', { allow: ['node@127.0.0.1'] })
    const lease = await ask(cluster, a)
    const node = createNode({ name: lease.name, runtime, report: () => {} })
    const distribution = await runtime.runUntil(startDistribution(node, { cookie, network, lease }))
    expect(await runtime.runUntil(distribution.tryConnect('a@h'))).toEqual({ connected: true })
    await cluster.stop()
    await runtime.settle()
    await runtime.runUntil(node.stop())
  })
})
