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

/** Nodes that all take part, but for those of `outside`. */
async function several(names: readonly string[], outside: readonly string[] = []) {
  const runtime = createVirtualRuntime()
  const network = new MemoryNetwork({ runtime })
  const all = new Map<string, Awaited<ReturnType<typeof start>>>()
  for (const name of names) all.set(name, await start(network, runtime, name, !outside.includes(name)))
  const connect = async (from: string, to: string) => {
    await runtime.runUntil(all.get(from)!.distribution.connect(to))
    await runtime.advance(2000)
  }
  const nodes = () =>
    Object.fromEntries([...all].map(([name, { distribution }]) => [name, distribution.nodes().toSorted()]))
  return { runtime, all, connect, nodes }
}

it('who comes later is not told of one that takes no part, whoever came first', async () => {
  for (const order of [
    ['a@h', 'c@h'],
    ['c@h', 'a@h'],
  ]) {
    const { connect, nodes } = await several(['a@h', 'b@h', 'c@h'], ['a@h'])
    for (const name of order) await connect(name, 'b@h')
    expect(nodes()).toEqual({ 'a@h': ['b@h'], 'b@h': ['a@h', 'c@h'], 'c@h': ['b@h'] })
  }
})

it('of several that come at once each hears of the others', async () => {
  const names = ['a@h', 'b@h', 'c@h', 'd@h', 'e@h']
  const { runtime, all, nodes } = await several(names)
  const others = names.filter((name) => name !== 'c@h')
  await runtime.runUntil(Promise.all(others.map((name) => all.get(name)!.distribution.connect('c@h'))))
  await runtime.advance(5000)
  for (const name of names) expect(nodes()[name]).toEqual(names.filter((other) => other !== name))
})

it('one whose global began anew tells newcomers of those that it is connected with', async () => {
  const { runtime, all, connect, nodes } = await several(['a@h', 'b@h', 'c@h'])
  await connect('a@h', 'b@h')
  const b = all.get('b@h')!
  b.global.stop()
  await runtime.runUntil(startGlobal(b.node, b.distribution))
  await runtime.advance(2000)
  await connect('c@h', 'b@h')
  expect(nodes()['c@h']).toEqual(['a@h', 'b@h'])
})

it('rubbish, and what strangers say of nodes, ends nothing', async () => {
  const { all, connect, nodes } = await several(['a@h', 'b@h', 'c@h'])
  const { node } = all.get('b@h')!
  for (const message of [
    null,
    1,
    { type: 'known' },
    { type: 'known', of: 'x@h', asks: true, nodes: [1] },
    { type: 'left' },
  ])
    node.send({ name: '@agner/global/mesh', node: 'b@h' }, message as never)
  node.send({ name: '@agner/global/mesh', node: 'b@h' }, { type: 'known', of: 'x@h', asks: true, nodes: [] } as never)
  await connect('a@h', 'b@h')
  await connect('c@h', 'b@h')
  expect(nodes()['c@h']).toEqual(['a@h', 'b@h'])
})
