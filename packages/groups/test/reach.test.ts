/**
 * Relay, names across and attributes as users start them: with groups that change while messages go.
 */
import type { AnyPid } from '@agner/core'
import { simulateCluster, type SimulatedCluster } from '@agner/testing'
import { afterEach, expect, it } from 'vitest'
import { ge, startGroups, type Groups, type GroupsOptions } from '../src/index.ts'

let cluster: SimulatedCluster
afterEach(() => cluster.stop())
const at = (name: string): string => `${name}@cluster`

async function start(
  groups: Record<string, readonly string[]>,
  options: GroupsOptions = {},
): Promise<Map<string, Groups>> {
  const started = new Map<string, Groups>()
  const full = Object.fromEntries(Object.entries(groups).map(([group, nodes]) => [group, nodes.map(at)]))
  cluster = await simulateCluster({
    seed: 1,
    trace: false,
    nodes: [...new Set(Object.values(groups).flat())],
    distribution: { tickMs: 1000, liveness: false },
    setup: async ({ name, node, distribution }) => {
      started.set(name, await startGroups(node, distribution, { groups: full, redialMs: 100, ...options }))
    },
  })
  await cluster.run(8000)
  return started
}

it('a group that is founded while nodes run can be reached, and its gateway relays from then on', async () => {
  const all = await start({ front: ['a', 'm'], other: ['z', 'y'] })
  const got: unknown[] = []
  const sink: AnyPid = cluster.node('z').node.spawn<unknown>(async (self) => {
    for (;;) got.push(await self.receive())
  })
  const { relay, across, attributes } = all.get('a')!
  const a = cluster.node('a').node
  expect(all.get('m')!.relay.isGateway).toBe(false)
  await cluster.until(all.get('m')!.newGroup('joint', [at('m'), at('z')]))
  await cluster.run(1000)
  expect(all.get('m')!.relay.isGateway).toBe(true)
  await cluster.until(all.get('z')!.register(cluster.node('z').node, 'joint', 'sink', sink))
  relay.send(a, { group: 'joint', name: 'sink' }, 1)
  expect(await cluster.until(across.whereis(a, { group: 'joint' }, 'sink'))).toBe(sink)
  expect(await cluster.until(across.registeredNames(a, { node: at('m') }))).toEqual([{ group: 'joint', name: 'sink' }])
  expect(await cluster.until(attributes.chooseNodes(a, { group: 'joint', where: [ge('cores', 1)] }))).toEqual([
    at('m'),
    at('z'),
  ])
  await cluster.run(500)
  expect(got).toEqual([1])
  expect(cluster.node('a').distribution.nodes()).toEqual([at('m')])
})

it('nodes in several groups relay for nobody when others are named as gateways', async () => {
  const all = await start({ left: ['a', 'm', 'n'], right: ['m', 'n', 'z'] }, { gateways: [at('n')] })
  const { relay } = all.get('a')!
  const sink = cluster.node('z').node.spawn(async (self) => self.sleep(1e6))
  relay.send(cluster.node('a').node, sink as never, 1 as never)
  await cluster.run(500)
  expect(relay.paths().map(({ way }) => way)).toEqual([['a', 'n', 'z'].map(at)])
  expect(['m', 'n'].map((name) => all.get(name)!.relay.isGateway)).toEqual([false, true])
})

it('groups that are stopped let go: who monitors over them gets noconnection, and nothing is sent any more', async () => {
  const all = await start({ left: ['a', 'm'], right: ['m', 'z'] })
  const sink = cluster.node('z').node.spawn(async (self) => self.sleep(1e6))
  const downs: unknown[] = []
  cluster.node('a').node.spawn<{ reason: unknown }>(async (self) => {
    all.get('a')!.relay.monitor(self, sink)
    downs.push((await self.receive()).reason)
  })
  await cluster.run(500)
  all.get('m')!.stop()
  await cluster.run(3000)
  expect(downs).toEqual(['noconnection'])
  all.get('a')!.stop()
  expect(() => all.get('a')!.relay.send(cluster.node('a').node, sink as never, 1 as never)).toThrow(
    expect.objectContaining({ code: 'groups.stopped' }),
  )
})
