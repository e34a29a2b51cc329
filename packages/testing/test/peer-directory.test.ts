/** Where the nodes of a test listen, and for how long that is said. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createNode } from '@agner/core'
import { MemoryNetwork, startDistribution, type Discovery, type Distribution } from '@agner/distribution'
import { expect, test } from 'vitest'
import { createVirtualRuntime, peerDiscovery, randomPeerName, type VirtualRuntime } from '../src/index.ts'
import { listAddress, listNode, whereIs } from '../src/peer/directory.ts'

const cookie = 'a cookie that nobody guesses'

async function distributed(
  runtime: VirtualRuntime,
  name: string,
  network: MemoryNetwork,
  discovery: readonly Discovery[] = [],
): Promise<Distribution> {
  const node = createNode({ name, runtime, report: () => {} })
  const options = { cookie, network, portMapper: false, discovery, liveness: false } as const
  return runtime.runUntil(startDistribution(node, options))
}

test('a node is listed as long as its distribution listens; then its next life is', async () => {
  const runtime = createVirtualRuntime()
  const network = new MemoryNetwork({ runtime })
  const name = randomPeerName()
  const first = await distributed(runtime, name, network)
  listNode(first)
  listNode(first)
  expect(whereIs(name)).toEqual(first.listenAddress)
  await runtime.runUntil(first.stop())
  expect(first.listenAddress).not.toBeNull()
  expect(whereIs(name)).toBeNull()

  const second = await distributed(runtime, name, network)
  listNode(second)
  expect(whereIs(name)).toEqual(second.listenAddress)
  await runtime.runUntil(second.drain())
  expect(whereIs(name)).toBeNull()
  await runtime.runUntil(second.stop())
})

test('a node that looks for peers is found by them, until it leaves', async () => {
  const runtime = createVirtualRuntime()
  const name = randomPeerName()
  const distribution = await distributed(runtime, name, new MemoryNetwork({ runtime }), [peerDiscovery()])
  expect(whereIs(name)).toEqual(distribution.listenAddress)
  await runtime.runUntil(distribution.stop())
  expect(whereIs(name)).toBeNull()
})

test('of two with one name the last one that listens counts, and then the other', () => {
  const name = randomPeerName()
  const delistFirst = listAddress(name, { host: '127.0.0.1', port: 1 })
  const delistSecond = listAddress(name, { host: '127.0.0.1', port: 2 })
  const delistDeaf = listAddress(name, null)
  expect(whereIs(name)).toEqual({ host: '127.0.0.1', port: 2 })
  delistSecond()
  expect(whereIs(name)).toEqual({ host: '127.0.0.1', port: 1 })
  delistFirst()
  delistDeaf()
  expect(whereIs(name)).toBeNull()
})

test('one that was stopped is freed, whether it is asked for again or not', async () => {
  const gone: WeakRef<Distribution>[] = []
  for (let n = 0; n < 20; n++) {
    const runtime = createVirtualRuntime()
    const distribution = await distributed(runtime, randomPeerName(), new MemoryNetwork({ runtime }))
    listNode(distribution)
    gone.push(new WeakRef(distribution))
    await runtime.runUntil(distribution.stop())
  }
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  expect(gone.filter((reference) => reference.deref() !== undefined).length).toBeLessThan(5)
})
