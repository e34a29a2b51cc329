/** A simulated cluster whose nodes keep a journal together, and have an arbiter each that says who leads it. */
import {
  memberIdOf,
  startClient,
  startMember,
  type GroupClient,
  type GroupMember,
  type MemberRole,
} from '@agner/consensus'
import { simulateCluster, type SimulatedCluster, type SimulatedClusterOptions } from '@agner/testing'
import { leaderArbiter, type Arbiter, type Claim } from '../../src/index.ts'
import { journal, journalMachine, type Journal, type Write } from './journal.ts'

export class LogCluster {
  readonly cluster: SimulatedCluster
  readonly members: Map<string, GroupMember<Write, boolean, Journal>> = new Map()
  readonly clients: Map<string, GroupClient<Write, boolean>> = new Map()
  readonly arbiters: Map<string, Arbiter> = new Map()
  /** Nodes that are not ready to run anything. */
  readonly unready: Set<string> = new Set()
  /** Nodes that cannot even say whether they are. */
  readonly failing: Set<string> = new Set()
  /** They are asked, and promise to say. */
  readonly promising: Set<string> = new Set()

  private constructor(cluster: SimulatedCluster) {
    this.cluster = cluster
  }

  /** @param witnesses nodes that vote, and run nothing */
  static async start(
    options: Omit<SimulatedClusterOptions, 'nodes'>,
    witnesses: readonly string[] = [],
  ): Promise<LogCluster> {
    const cluster = await simulateCluster({ trace: false, nodes: 3, ...options })
    const all = new LogCluster(cluster)
    const roleOf = (name: string): MemberRole => (witnesses.includes(name) ? 'witness' : 'voter')
    const founders = cluster.up.map(({ name, node }) => ({ id: memberIdOf(node, 'memory'), role: roleOf(name) }))
    for (const { name, node } of cluster.up) {
      all.members.set(name, await cluster.until(startMember(node, journal, { machine: journalMachine, founders })))
      const client = await cluster.until(startClient(node, journal))
      all.clients.set(name, client)
      const arbiter = leaderArbiter({
        name: 'the journal',
        member: () => all.members.get(name) ?? null,
        client,
        isReady: () => {
          if (all.failing.has(name)) throw new Error('no luck')
          if (all.promising.has(name)) return Promise.reject(new Error('the database is down')) as never
          return !all.unready.has(name)
        },
      })
      all.arbiters.set(name, arbiter)
    }
    return all
  }

  /** Writes as the holder of a claim, and says whether that was taken. */
  write(name: string, { token }: Claim): Promise<boolean> {
    return this.clients.get(name)!.submit(this.cluster.node(name).node, { token, by: name })
  }

  kept(name: string): Journal {
    return this.members.get(name)!.state().state
  }
}
