import { protocol } from '@agner/behaviours'
import type { Process } from '@agner/core'
import { expect, test } from 'vitest'
import { startApplicationClient, type ApplicationClientOptions } from '../../src/index.ts'
import { outcome, shop, ShopCluster } from './shop.ts'

const three = { nodes: ['a', 'b', 'c'], seed: 1 }

test('a call finds the application, waits until it runs, and follows it when it moves', async () => {
  const all = await ShopCluster.start(three)
  const { cluster } = all
  const client = await all.client('c', ['a', 'b'])
  const from = cluster.node('c').node
  const early = client.call(from, shop, 'buy', 'tea')
  await cluster.run(1000)
  await all.open('a', 1)
  expect(await cluster.until(early)).toBe('bought tea')
  expect(client.where()).toBe('a@cluster')
  expect(await cluster.until(client.call(from, shop.at(shop.module), 'buy', 'milk'))).toBe('bought milk')
  all.close('a')
  const moving = client.call(from, shop, 'buy', 'bread')
  await cluster.run(500)
  await all.open('b', 2)
  expect(await cluster.until(moving)).toBe('bought bread')
  expect(all.begun.map(({ order, node }) => [order, node])).toEqual([
    ['tea', 'a'],
    ['milk', 'a'],
    ['bread', 'b'],
  ])
  await cluster.until(client.stop())
  await cluster.stop()
})

test('where it does not run in time, that is said, and nobody was asked', async () => {
  const all = await ShopCluster.start(three)
  const { cluster } = all
  const client = await all.client('c', ['a', 'b'])
  const from = cluster.node('c').node
  const beginMs = cluster.runtime.nowMs()
  expect(await cluster.until(outcome(client.call(from, shop, 'buy', 'tea', { timeoutMs: 3000 })))).toBe(
    'release.not_running',
  )
  expect(cluster.runtime.nowMs() - beginMs).toBeGreaterThanOrEqual(3000)
  expect(cluster.runtime.nowMs() - beginMs).toBeLessThan(3010)
  await all.open('a')
  await cluster.run(1000)
  expect(all.begun).toEqual([])
})

test('an instance that has lost its claim is not asked, nor one that is older than one that was seen', async () => {
  const all = await ShopCluster.start(three)
  const { cluster } = all
  const client = await all.client('c', ['a', 'b'])
  const from = cluster.node('c').node
  await all.open('a', 7)
  await cluster.until(client.call(from, shop, 'buy', 'tea'))
  all.lose('a')
  const waiting = client.call(from, shop, 'buy', 'milk', { timeoutMs: 20_000 })
  await cluster.run(1000)
  // It holds what it says, and is of an earlier time.
  await all.open('b', 6)
  await cluster.run(1000)
  expect(all.count('milk')).toBe(0)
  all.close('b')
  await all.open('b', 8)
  expect(await cluster.until(waiting)).toBe('bought milk')
  expect(all.begun.at(-1)).toMatchObject({ node: 'b', token: 8 })
})

test.each(['reset', 'silence'] as const)('its node dies (%s) before, during and after a call', async (how) => {
  const all = await ShopCluster.start({ ...three, distribution: { tickMs: 1000 } })
  const { cluster } = all
  const client = await all.client('c', ['a', 'b'])
  const from = cluster.node('c').node
  await all.open('a')
  expect(await cluster.until(client.call(from, shop, 'buy', 'after'))).toBe('bought after')
  const during = outcome(client.call(from, shop, 'order', { id: 'during', ms: 1000 }, { timeoutMs: 30_000 }))
  const safe = client.call(from, shop, 'order', { id: 'safe', ms: 1000 }, { timeoutMs: 30_000, repeat: 'safe' })
  await cluster.run(500)
  expect([all.count('during'), all.count('safe')]).toEqual([1, 1])
  all.crash('a', how)
  await all.open('b')
  expect(await cluster.until(during)).toBe('release.outcome_unknown')
  expect(await cluster.until(safe)).toBe('ordered safe')
  const before = client.call(from, shop, 'buy', 'before', { timeoutMs: 30_000 })
  expect(await cluster.until(before)).toBe('bought before')
  const counts = ['after', 'during', 'safe', 'before'].map((order) => all.count(order))
  expect(counts).toEqual([1, 1, 2, 1])
})

test('its process ends with a call: unknown, once; with a call that may be repeated, four times at most', async () => {
  const all = await ShopCluster.start(three)
  const { cluster } = all
  const client = await all.client('c', ['a', 'b'])
  const from = cluster.node('c').node
  await all.open('a')
  expect(await cluster.until(outcome(client.call(from, shop, 'spoil', 'bad')))).toBe('release.outcome_unknown')
  // Nobody has the name until it is started anew: those that come wait, and were not asked before.
  const waiting = client.call(from, shop, 'buy', 'tea')
  await cluster.run(200)
  expect(all.count('tea')).toBe(0)
  await all.mend('a')
  expect(await cluster.until(waiting)).toBe('bought tea')
  const worse = outcome(client.call(from, shop, 'spoil', 'worse', { repeat: 'safe', timeoutMs: 60_000 }))
  for (let n = 0; n < 6; n++) {
    await cluster.run(500)
    if (cluster.node('a').node.whereis(shop.module) === undefined) await all.mend('a')
  }
  expect(await cluster.until(worse)).toBe('release.outcome_unknown')
  expect([all.count('bad'), all.count('worse')]).toEqual([1, 4])
})

test('a node that is held: what may be repeated is made again where it runs now, the rest is unknown, and not done late', async () => {
  const all = await ShopCluster.start(three)
  const { cluster } = all
  const client = await all.client('c', ['a', 'b'])
  const from = cluster.node('c').node
  await all.open('a', 1)
  await cluster.until(client.call(from, shop, 'buy', 'first'))
  cluster.hold('a', 12_000)
  const plain = outcome(client.call(from, shop, 'buy', 'plain', { timeoutMs: 6000 }))
  const safe = client.call(from, shop, 'buy', 'safe', { timeoutMs: 10_000, repeat: 'safe' })
  await cluster.run(1000)
  all.lose('a')
  await all.open('b', 2)
  expect(await cluster.until(safe)).toBe('bought safe')
  expect(await cluster.until(client.call(from, shop, 'buy', 'next'))).toBe('bought next')
  expect(await cluster.until(plain)).toBe('release.outcome_unknown')
  await cluster.run(12_000)
  expect(all.begun.map(({ order, node }) => `${order} ${node}`)).toEqual(['first a', 'safe b', 'next b'])
})

test('a slow process is not asked twice, and those behind it are not held up', async () => {
  const all = await ShopCluster.start(three)
  const { cluster } = all
  const client = await all.client('c', ['a', 'b'], { attemptMs: 500 })
  const from = cluster.node('c').node
  await all.open('a', 1)
  const slow = client.call(from, shop, 'order', { id: 'slow', ms: 8000 }, { timeoutMs: 20_000, repeat: 'safe' })
  for (let n = 0; n < 8; n++) {
    const beginMs = cluster.runtime.nowMs()
    await cluster.until(client.call(from, shop, 'buy', `quick ${n}`))
    expect(cluster.runtime.nowMs() - beginMs).toBeLessThan(100)
    await cluster.run(700)
  }
  expect(await cluster.until(slow)).toBe('ordered slow')
  expect(all.count('slow')).toBe(1)
})

test('a cast comes once, also while the application moves; a call whose caller has ended is not made', async () => {
  const all = await ShopCluster.start(three)
  const { cluster } = all
  const client = await all.client('c', ['a', 'b'])
  const { node } = cluster.node('c')
  client.cast(node, shop, 'note', 'early')
  const pid = node.spawn(async (self: Process<never>) => void (await client.call(self, shop, 'buy', 'forgotten')))
  await cluster.run(100)
  node.sendExit(pid, 'kill')
  await all.open('b')
  await cluster.run(1000)
  client.cast(node, shop, 'note', 'late')
  await cluster.run(100)
  expect(all.begun.map(({ order }) => order)).toEqual(['early', 'late'])
  all.close('b')
  client.cast(node, shop, 'note', 'lost')
  await cluster.run(6000)
  await all.open('b')
  await cluster.run(1000)
  expect(all.count('lost')).toBe(0)
})

test('limits, options, and a client that is stopped', async () => {
  const all = await ShopCluster.start(three)
  const { cluster } = all
  const from = cluster.node('c').node
  const client = await all.client('c', ['a'], { waiting: 2, underWay: 1 })
  const calls = ['x', 'y', 'z'].map((order) => outcome(client.call(from, shop, 'buy', order)))
  expect(await cluster.until(calls[2]!)).toBe('release.client_full')
  await all.open('a')
  expect(await cluster.until(Promise.all(calls))).toEqual(['bought x', 'bought y', 'release.client_full'])
  const underWay = outcome(client.call(from, shop, 'order', { id: 'w', ms: 9000 }, { timeoutMs: 20_000 }))
  const waiting = outcome(client.call(from, shop, 'buy', 'v', { timeoutMs: 20_000 }))
  await cluster.run(100)
  await cluster.until(client.stop())
  expect(await cluster.until(Promise.all([underWay, waiting]))).toEqual([
    'release.outcome_unknown',
    'release.not_running',
  ])
  expect(await cluster.until(outcome(client.call(from, shop, 'buy', 'u')))).toBe('release.not_running')
  const odd = [undefined, null, {}, 5, 'a@cluster', [undefined], [null], [5], ['a'], ['a@cluster', '']]
  const bad = [
    { nodes: [] },
    { nodes: ['a@cluster'], limits: { waiting: 0 } },
    ...odd.map((nodes) => ({ nodes })),
    ...[undefined, null, 5, ''].map((application) => ({ nodes: ['a@cluster'], application })),
  ]
  for (const options of bad) {
    const started = startApplicationClient(from, { application: 'shop', ...options } as ApplicationClientOptions)
    expect([options, await cluster.until(outcome(started))]).toEqual([options, 'release.bad_option'])
  }
  const other = await all.client('c', ['a'])
  for (const timeoutMs of ['5000', null, true, [], Number.NaN, -1])
    expect(await cluster.until(outcome(other.call(from, shop, 'buy', 'tea', { timeoutMs: timeoutMs as never })))).toBe(
      'release.bad_option',
    )
  const at = shop.at({ name: 'x', node: 'a@cluster' })
  expect(await cluster.until(outcome(other.call(from, at, 'buy', 'tea')))).toBe('release.bad_option')
})

test('a name that nobody has is waited for; what a schema refuses is said as it is', async () => {
  const all = await ShopCluster.start(three)
  const { cluster } = all
  const client = await all.client('c', ['a'])
  await all.open('a')
  // Nobody has this name on the node that runs the shop.
  const nobody = protocol<{ calls: { any(): null } }>('nobody')
  const from = cluster.node('c').node
  const asked = outcome(client.call(from, nobody, 'any', undefined, { timeoutMs: 2000 }))
  for (let n = 0; n < 20; n++) {
    const beginMs = cluster.runtime.nowMs()
    await cluster.until(client.call(from, shop, 'buy', `beside it ${n}`))
    expect(cluster.runtime.nowMs() - beginMs).toBeLessThan(40)
    await cluster.run(50)
  }
  expect(await cluster.until(asked)).toBe('release.not_running')
  all.begun.splice(0)
  const { call } = client
  const refused = call(cluster.node('c').node, shop, 'buy', 5 as never, { repeat: 'safe' })
  const error: unknown = await cluster.until(refused.catch((rejected: unknown) => rejected))
  expect(error).toMatchObject({ code: 'call.bad_argument', message: expect.stringContaining('must be a text') })
  expect(all.begun).toEqual([])
})
