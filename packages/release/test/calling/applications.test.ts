/** Calls to a distributed application: nobody has to say where it runs, nor who may be asked. */
import { defineApplication, startServer, type Application } from '@agner/behaviours'
import { leaseGroup, memberIdOf, startClient, startLeaseMember, type LeaseGroup } from '@agner/consensus'
import { simulateCluster, type SimulatedCluster, type SimulatedNode } from '@agner/testing'
import { expect, test } from 'vitest'
import {
  leaseArbiter,
  startApplicationClient,
  startDistributedApplications,
  type Arbiter,
  type DistributedApplications,
} from '../../src/index.ts'
import { outcome, shop, shopServer, type Begun } from './shop.ts'

const leases: LeaseGroup = leaseGroup('leases')
const full = (name: string): string => `${name}@cluster`

interface Stage {
  readonly cluster: SimulatedCluster
  readonly applications: ReadonlyMap<string, DistributedApplications>
  readonly begun: readonly Pick<Begun, 'order' | 'node' | 'token'>[]
}

/** The shop may run on a, or else on b; c has no part in it but that it keeps leases. */
async function open(seed: number, withArbiter: boolean): Promise<Stage> {
  const cluster = await simulateCluster({ trace: false, nodes: ['a', 'b', 'c'], seed, distribution: { tickMs: 500 } })
  const applications = new Map<string, DistributedApplications>()
  const begun: Pick<Begun, 'order' | 'node' | 'token'>[] = []
  const arbiters = withArbiter ? await arbitersOf(cluster) : null
  const begin = async ({ name, node, distribution }: SimulatedNode): Promise<void> => {
    const arbiter = arbiters?.get(name)
    const all = await startDistributedApplications(node, distribution, {
      applications: [
        {
          application: shopApplication((order, token) => void begun.push({ order, node: name, token })),
          nodes: ['a', 'b'].map(full),
          timeoutMs: 500,
          ...(arbiter && { arbiter }),
        },
      ],
      optional: ['a', 'b'].map(full).filter((each) => each !== node.name),
      syncTimeoutMs: 500,
    })
    applications.set(name, all)
  }
  await cluster.until(Promise.all(cluster.up.filter(({ name }) => name !== 'c').map(begin)))
  await cluster.until(Promise.all([...applications.values()].map((all) => all.start('shop'))))
  return { cluster, applications, begun }
}

async function arbitersOf(cluster: SimulatedCluster): Promise<Map<string, Arbiter>> {
  const founders = cluster.up.map(({ node }) => ({ id: memberIdOf(node, 'memory'), role: 'voter' }) as const)
  const arbiters = new Map<string, Arbiter>()
  for (const { name, node } of cluster.up) {
    await cluster.until(startLeaseMember(node, leases, { founders }))
    arbiters.set(name, leaseArbiter(await cluster.until(startClient(node, leases)), { durationMs: 1500 }))
  }
  return arbiters
}

function shopApplication(begin: (order: string, token: number | null) => void): Application<object> {
  return defineApplication<object, undefined>({
    name: 'shop',
    version: '1',
    start: ({ startType }) => {
      const server = shopServer((order) => begin(order, startType.token))
      const start = (above: Parameters<typeof startServer>[0]) =>
        startServer(above, server, undefined, { name: shop.module })
      return { children: [{ id: 'shop', start }] }
    },
  })
}

test.each([false, true])(
  'they follow it when its node dies, and when it is taken over (with leases: %s)',
  async (withArbiter) => {
    const { cluster, applications, begun } = await open(1, withArbiter)
    const from = cluster.node('c').node
    const client = await cluster.until(
      startApplicationClient(from, { application: 'shop', nodes: ['a', 'b'].map(full) }),
    )
    expect(await cluster.until(client.call(from, shop, 'buy', '1'))).toBe('bought 1')
    await cluster.until(applications.get('b')!.takeover('shop'))
    expect(await cluster.until(client.call(from, shop, 'buy', '2'))).toBe('bought 2')
    const underWay = outcome(client.call(from, shop, 'order', { id: '3', ms: 1000 }, { timeoutMs: 20_000 }))
    await cluster.run(100)
    cluster.crash('b')
    expect(await cluster.until(underWay)).toBe('release.outcome_unknown')
    // It moves: nobody runs it at this moment.
    const waiting = client.call(from, shop, 'buy', '4', { timeoutMs: 20_000 })
    expect(await cluster.until(waiting)).toBe('bought 4')
    expect(begun.map(({ order, node }) => order + node)).toEqual(['1a', '2b', '3b', '4a'])
    const tokens = begun.map(({ token }) => token)
    if (withArbiter) expect(tokens).toEqual(tokens.toSorted((one, other) => one! - other!))
    else expect(tokens).toEqual([null, null, null, null])
    await cluster.until(applications.get('a')!.stop('shop'))
    const late = outcome(client.call(from, shop, 'buy', '5', { timeoutMs: 1000 }))
    expect(await cluster.until(late)).toBe('release.not_running')
  },
)

test('an instance whose claim is lost is not asked, though its node is there and it has not stopped yet', async () => {
  const { cluster, begun } = await open(2, true)
  // The client is on a, which cannot reach the keepers of the leases.
  const { node } = cluster.node('a')
  const client = await cluster.until(startApplicationClient(node, { application: 'shop', nodes: ['a', 'b'].map(full) }))
  expect(await cluster.until(client.call(node, shop, 'buy', '1'))).toBe('bought 1')
  cluster.partition(['a'], ['b', 'c'])
  await cluster.run(1400)
  const late = outcome(client.call(node, shop, 'buy', '2', { timeoutMs: 2000 }))
  expect(await cluster.until(late)).toBe('release.not_running')
  cluster.heal()
  expect(await cluster.until(client.call(node, shop, 'buy', '3', { timeoutMs: 20_000 }))).toBe('bought 3')
  expect(begun.map(({ order }) => order)).toEqual(['1', '3'])
})
