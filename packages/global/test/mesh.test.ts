/**
 * The mesh of global: neighbours of neighbours connect, unless a node wants none of it.
 */
import { createNode } from '@agner/core'
import { startDistribution, MemoryNetwork } from '@agner/distribution'
import { createVirtualRuntime } from '@agner/testing'
import { expect, it } from 'vitest'
import { startGlobal, type Global } from '../src/index.ts'

const start = async (
  network: MemoryNetwork,
  runtime: ReturnType<typeof createVirtualRuntime>,
  name: string,
  connectAll: boolean,
) => {
  const node = createNode({ name, runtime, report: () => {} })
  const distribution = await runtime.runUntil(
    startDistribution(node, { cookie: 'a cookie for the tests', network, connectAll }),
  )
  const global: Global = await runtime.runUntil(startGlobal(node, distribution))
  return { node, distribution, global }
}

it.each([
  [true, ['b@h', 'c@h']],
  [false, ['b@h']],
])('a node with connectAll %s between two others', async (connectAll, wanted) => {
  const runtime = createVirtualRuntime()
  const network = new MemoryNetwork({ runtime })
  const a = await start(network, runtime, 'a@h', true)
  const b = await start(network, runtime, 'b@h', connectAll)
  const c = await start(network, runtime, 'c@h', true)
  for (const { distribution } of [a, c]) await runtime.runUntil(distribution.connect('b@h'))
  await runtime.advance(5000)
  expect(a.distribution.nodes().toSorted()).toEqual(wanted)
  expect(b.distribution.nodes().toSorted()).toEqual(['a@h', 'c@h'])
  await expect(runtime.runUntil(startGlobal(a.node, a.distribution))).rejects.toMatchObject({
    code: 'global.already_started',
  })
  for (const { node, distribution, global } of [a, b, c]) {
    global.stop()
    await runtime.runUntil(distribution.stop())
    await runtime.runUntil(node.stop())
  }
})
