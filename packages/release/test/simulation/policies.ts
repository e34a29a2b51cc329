/**
 * Who says where the application runs: the connections between nodes, as in Erlang, or an arbiter. With the nodes that this takes
 * beside those that run it.
 */
import { leaseGroup, memberIdOf, startClient, startLeaseMember } from '@agner/consensus'
import type { SimulatedCluster, SimulatedNode } from '@agner/testing'
import { leaseArbiter, type Arbiter } from '../../src/index.ts'
import { clerkArbiter, startClerk } from './clerk.ts'

export interface Policy {
  /** Short names of nodes that never crash. */
  readonly others: readonly string[]
  /** On the nodes of `others`, once all of them are up. Calling what it gives ends what is done by chance. */
  begin(cluster: SimulatedCluster): Promise<() => void>
  /** On each node that runs the application, in each life. */
  arbiter(node: SimulatedNode): Promise<Arbiter | null>
}

export type PolicyName = 'nodes' | 'clerk' | 'decider' | 'leases'

const nothing = (): void => {}
const full = (short: string): string => `${short}@cluster`

/** The connections between nodes. */
const nodes: Policy = {
  others: [],
  begin: () => Promise.resolve(nothing),
  arbiter: () => Promise.resolve(null),
}

/** One process. */
const clerk: Policy = {
  others: ['k'],
  begin: (cluster) => {
    startClerk(cluster.node('k').node)
    return Promise.resolve(nothing)
  },
  arbiter: () => Promise.resolve(clerkArbiter(full('k'), false)),
}

/** One process, which says by itself whose turn it is, as a log says who leads it. */
const decider: Policy = {
  others: ['k'],
  begin: (cluster) => {
    const whims = { random: () => cluster.runtime.random(), isOn: true }
    startClerk(cluster.node('k').node, whims)
    return Promise.resolve(() => {
      whims.isOn = false
    })
  },
  arbiter: () => Promise.resolve(clerkArbiter(full('k'), true)),
}

const group = leaseGroup('leases')
const voters = ['l1', 'l2', 'l3']

/** Leases of a majority. */
const leases: Policy = {
  others: voters,
  begin: async (cluster) => {
    const members = voters.map((name) => cluster.node(name).node)
    const founders = members.map((node) => ({ id: memberIdOf(node, 'memory'), role: 'voter' as const }))
    for (const node of members)
      await cluster.until(startLeaseMember(node, group, { founders, settings: { heartbeatMs: 300 } }))
    return nothing
  },
  arbiter: async ({ node }) =>
    leaseArbiter(await startClient(node, group, { nodes: voters.map(full) }), { durationMs: 2000 }),
}

export const policies: Readonly<Record<PolicyName, Policy>> = { nodes, clerk, decider, leases }
