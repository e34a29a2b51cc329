/**
 * Connections that users ask for: each side says for itself how long it wants one.
 */
import { afterEach, expect, it } from 'vitest'
import { at, GroupCluster } from './group-cluster.ts'

let cluster: GroupCluster
afterEach(() => cluster.stop())

async function two(): Promise<void> {
  cluster = await GroupCluster.start({ nodes: 2 })
  await cluster.run(1000)
}

const connect = async (from: string, to: string): Promise<void> => {
  expect(await cluster.until(cluster.on(from).connect(at(to)))).toBe(true)
  await cluster.run(5000)
}

const release = async (from: string, to: string): Promise<void> => {
  cluster.on(from).release(at(to))
  await cluster.run(10_000)
}

it.each(['ab', 'ba'])('one that both asked for stays until both have released it (%s)', async (order) => {
  await two()
  const [one, other] = order.split('') as [string, string]
  await connect(one, other)
  await connect(other, one)
  await release(one, other)
  expect(cluster.edges()).toBe('ab')
  await release(other, one)
  expect(cluster.edges()).toBe('')
})

it('one that only the other side asked for is not for this one to release', async () => {
  await two()
  await connect('b', 'a')
  await release('a', 'b')
  expect(cluster.edges()).toBe('ab')
  await release('b', 'a')
  expect(cluster.edges()).toBe('')
})

it('what was asked for is forgotten with the connection', async () => {
  await two()
  await connect('a', 'b')
  cluster.cluster.partition(['a'], ['b'])
  await cluster.run(20_000)
  cluster.cluster.heal()
  await connect('b', 'a')
  await release('b', 'a')
  expect(cluster.edges()).toBe('')
})

it('with itself a node is always connected', async () => {
  await two()
  await connect('a', 'a')
  await release('a', 'a')
  expect(cluster.edges()).toBe('')
})
