/**
 * A simulated cluster whose nodes have a replicated log in common, and an arbiter each that says who leads it.
 *
 * The log is of writes with tokens: its machine refuses those that are older than one it has seen.
 */
import {
  memberIdOf,
  raftGroup,
  startClient,
  startMember,
  type GroupClient,
  type GroupMember,
  type Machine,
  type MemberRole,
  type RaftGroup,
} from '@agner/consensus'
import { simulateCluster, type SimulatedCluster, type SimulatedClusterOptions } from '@agner/testing'
import { leaderArbiter, type Arbiter, type Claim } from '../../src/index.ts'

export interface Write {
  readonly token: number
  readonly by: string
}

export interface Kept {
  readonly greatest: number
  readonly tokens: readonly number[]
  readonly refused: number
}

export const journal: RaftGroup<Write, boolean> = raftGroup('journal')

const machine: Machine<Write, boolean, Kept> = {
  name: '@agner/release/test/journal',
  init: () => ({ greatest: 0, tokens: [], refused: 0 }),
  apply: (state, { token }) => {
    if (token < state.greatest) return { state: { ...state, refused: state.refused + 1 }, result: false }
    return { state: { ...state, greatest: token, tokens: [...state.tokens, token] }, result: true }
  },
}

export class LogCluster {
  readonly cluster: SimulatedCluster
  readonly members: Map<string, GroupMember<Write, boolean, Kept>> = new Map()
  readonly clients: Map<string, GroupClient<Write, boolean>> = new Map()
  readonly arbiters: Map<string, Arbiter> = new Map()
  /** Nodes that are not ready to run anything. */
  readonly unready: Set<string> = new Set()

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
      all.members.set(name, await cluster.until(startMember(node, journal, { machine, founders })))
      const client = await cluster.until(startClient(node, journal))
      all.clients.set(name, client)
      const arbiter = leaderArbiter({
        name: 'the journal',
        member: () => all.members.get(name) ?? null,
        client,
        isReady: () => !all.unready.has(name),
      })
      all.arbiters.set(name, arbiter)
    }
    return all
  }

  /** Writes as the holder of a claim, and says whether that was taken. */
  write(name: string, { token }: Claim): Promise<boolean> {
    return this.clients.get(name)!.submit(this.cluster.node(name).node, { token, by: name })
  }

  kept(name: string): Kept {
    return this.members.get(name)!.state().state
  }
}
