/** A simulated cluster whose nodes agree on leases, and what the leases protect: something that checks tokens. */
import {
  acquireLease,
  leaseGroup,
  memberIdOf,
  startClient,
  startLeaseMember,
  type HeldLease,
  type LeaseGroup,
  type LeaseAnswer,
  type LeaseClient,
  type LeaseLost,
  type LeaseOptions,
} from '@agner/consensus'
import type { AnyPid, Process } from '@agner/core'
import { simulateCluster, type SimulatedCluster, type SimulatedClusterOptions } from '@agner/testing'

export const leases: LeaseGroup = leaseGroup('leases')

export type OwnerMessage = LeaseLost | { readonly type: 'release' }

export interface Owner {
  readonly pid: AnyPid
  readonly answer: Promise<LeaseAnswer>
  /** What it was told. */
  readonly lost: LeaseLost[]
}

export class LeaseCluster {
  readonly cluster: SimulatedCluster
  readonly clients: Map<string, LeaseClient> = new Map()

  private constructor(cluster: SimulatedCluster) {
    this.cluster = cluster
  }

  static async start(options: SimulatedClusterOptions, members?: readonly string[]): Promise<LeaseCluster> {
    const cluster = await simulateCluster({ trace: false, ...options })
    const all = new LeaseCluster(cluster)
    const on = cluster.up.filter(({ name }) => members === undefined || members.includes(name))
    const founders = on.map(({ node }) => ({ id: memberIdOf(node, 'memory'), role: 'voter' }) as const)
    for (const { node } of on)
      await cluster.until(startLeaseMember(node, leases, { founders, settings: { heartbeatMs: 300 } }))
    const nodes = on.map(({ node }) => node.name)
    for (const { name, node } of cluster.up)
      all.clients.set(name, await cluster.until(startClient(node, leases, { nodes })))
    return all
  }

  /** A process that asks for a lease, and waits for what it is told. */
  owner(name: string, options: LeaseOptions): Owner {
    const lost: LeaseLost[] = []
    const client = this.clients.get(name)!
    let pid!: AnyPid
    const answer = new Promise<LeaseAnswer>((resolve, reject) => {
      pid = this.cluster.node(name).node.spawn(async (self: Process<OwnerMessage>) => {
        let lease: HeldLease | null = null
        try {
          const given = await self.wait(acquireLease(self, client, options))
          if (given.type === 'held') ({ lease } = given)
          resolve(given)
        } catch (error) {
          reject(error as Error)
          return
        }
        for (;;) {
          const message = await self.receive()
          if (message.type === 'leaseLost') lost.push(message)
          else await self.wait(lease!.release())
        }
      })
    })
    return { pid, answer, lost }
  }
}
