/**
 * What a keeper makes of messages that make no sense: it says so, and goes on.
 */
import { call, cast } from '@agner/behaviours'
import { afterEach, expect, it, vi } from 'vitest'
import { keeperProtocol, type KeeperApi } from '../../src/membership/protocol.ts'
import { all, at, GroupCluster } from './group-cluster.ts'

let cluster: GroupCluster
afterEach(() => cluster.stop())

const casts: readonly (keyof KeeperApi['casts'])[] = [
  'hello',
  'views',
  'free',
  'declined',
  'found',
  'abandon',
  'thaw',
  'life',
  'released',
  'asked',
]
const calls: readonly (keyof KeeperApi['calls'])[] = ['reserve', 'release', 'learn', 'freeze']
const rubbish: readonly unknown[] = [
  null,
  7,
  'x',
  [],
  [null],
  {},
  { views: [{ id: 1 }], from: at('b') },
  { keeper: 'me', shared: null },
  { genesis: {}, founders: [{}] },
  { node: at('b'), log: 'x', life: -1 },
]

it('rubbish is reported and dropped, and the groups go on', async () => {
  cluster = await GroupCluster.start({ nodes: 3, seed: 1 })
  await cluster.until(cluster.on('a').newGroup('g', all('abc')))
  const { node } = cluster.cluster.node('b')
  const keeper = keeperProtocol.at({ name: keeperProtocol.module, node: at('a') })
  for (const name of casts) for (const value of rubbish) cast(node, keeper, name, value as never)
  for (const name of calls)
    for (const value of rubbish)
      await expect(cluster.until(call(node, keeper, name, value as never))).rejects.toThrow(
        `this is no "${name}" of groups`,
      )
  await cluster.run(1000)
  const { reports } = cluster.cluster.node('a')
  expect(reports.crashes).toEqual([])
  expect(reports.all.length).toBeGreaterThan(50)
  expect((await cluster.until(cluster.on('b').removeNodes('g', all('c')))).nodes).toEqual(all('ab'))
  await cluster.when(() => cluster.views('g') === 'a:ab b:ab')
  expect(cluster.views('g')).toBe('a:ab b:ab')
})

it('what no keeper says, or asks, ends nothing', async () => {
  cluster = await GroupCluster.start({ nodes: 2, seed: 1 })
  await cluster.until(cluster.on('a').newGroup('g', all('ab')))
  const before = cluster.cluster.node('a').node.whereis('@agner/groups/keeper')
  const { node } = cluster.cluster.node('b')
  const to = { name: '@agner/groups/keeper', node: at('a') }
  const names = ['constructor', 'toString', '__proto__', 'later', '', 7, null]
  const messages: unknown[] = [
    null,
    7,
    'x',
    [],
    new Map(),
    { type: 'nodeup' },
    { type: 'nodedown', node: 5 },
    { type: 'log' },
  ]
  for (const name of names) messages.push({ type: name }, { type: '$agner/cast', cast: name, arg: 1 })
  for (const message of messages) node.send(to as never, message as never)
  const requests: unknown[] = ['x', null, {}, ...names.map((name) => ({ call: name, arg: 1 }))]
  for (const request of requests)
    await expect(cluster.until(node.request(to, request))).rejects.toMatchObject({ code: 'server.unknown_call' })
  expect(cluster.cluster.node('a').node.whereis('@agner/groups/keeper')).toBe(before)
})

it('a tick that is not its own makes it tick no more often', async () => {
  cluster = await GroupCluster.start({ nodes: 2, seed: 1 })
  await cluster.until(cluster.on('a').newGroup('g', all('ab')))
  const { node } = cluster.cluster.node('a')
  const setTimer = vi.spyOn(node.runtime, 'setTimer')
  const timers = async (): Promise<number> => {
    setTimer.mockClear()
    await cluster.run(20_000)
    return setTimer.mock.calls.length
  }
  const before = await timers()
  for (let i = 0; i < 100; i++)
    for (const from of ['a', 'b'])
      cluster.cluster
        .node(from)
        .node.send({ name: '@agner/groups/keeper', node: at('a') } as never, { type: 'tick' } as never)
  await cluster.run(1000)
  expect(await timers()).toBeLessThan(before * 1.2)
})

it('what is well-formed and wrong changes nothing: of groups that are not there, of old epochs, of nodes that are no members', async () => {
  cluster = await GroupCluster.start({ nodes: 3, seed: 2 })
  const view = await cluster.until(cluster.on('a').newGroup('g', all('ab')))
  const { node } = cluster.cluster.node('b')
  const keeper = keeperProtocol.at({ name: keeperProtocol.module, node: at('a') })
  const views = [
    { ...view, epoch: view.epoch - 1, nodes: all('abc') },
    { ...view, id: 'another', nodes: all('bc') },
  ]
  cast(node, keeper, 'views', { from: at('b'), views })
  cast(node, keeper, 'declined', { id: 'nothing', node: at('b') })
  cast(node, keeper, 'abandon', { id: view.id, founding: view.founding })
  cast(node, keeper, 'released', { log: 'nothing' })
  cast(node, keeper, 'life', { node: at('c'), log: 'nothing', life: 3 })
  await cluster.run(5000)
  expect(cluster.views('g')).toBe('a:ab b:ab')
  expect(cluster.edges()).toBe('ab')
  expect(new Set(cluster.epochs('g'))).toEqual(new Set([view.epoch]))
})
