/** A simulated cluster whose nodes are members of the bank. */
import { memberIdOf, startClient, startMember } from '@agner/consensus'
import type { Configuration, GroupClient, GroupMember, MemberLimits, RaftSettings } from '@agner/consensus'
import {
  simulateCluster,
  type SimulatedCluster,
  type SimulatedClusterOptions,
  type SimulatedNode,
} from '@agner/testing'
import { bank, bankMachine, type BankCommand, type BankQuery, type BankResult, type BankState } from './bank.ts'

export type BankMember = GroupMember<BankCommand, BankResult, BankState>
export type BankClient = GroupClient<BankCommand, BankResult, BankQuery, number>

export interface BankOptions extends SimulatedClusterOptions {
  readonly settings?: Partial<RaftSettings>
  readonly limits?: Partial<MemberLimits>
}

export class BankCluster {
  readonly cluster: SimulatedCluster
  readonly members: Map<string, BankMember> = new Map()
  readonly #options: BankOptions

  private constructor(cluster: SimulatedCluster, options: BankOptions) {
    this.cluster = cluster
    this.#options = options
  }

  /** All nodes found the group together. */
  static async found(options: BankOptions, founders?: Configuration): Promise<BankCluster> {
    const cluster = await simulateCluster({ trace: false, ...options })
    const all = new BankCluster(cluster, options)
    const everybody: Configuration = cluster.up.map(({ node }) => ({ id: memberIdOf(node, 'memory'), role: 'voter' }))
    for (const node of cluster.up) await all.join(node, founders ?? everybody)
    return all
  }

  async join({ name, node }: SimulatedNode, founders?: Configuration): Promise<BankMember> {
    const { settings, limits } = this.#options
    const options = { machine: bankMachine, ...(founders && { founders }), ...(settings && { settings }) }
    const member = await this.cluster.until(startMember(node, bank, { ...options, ...(limits && { limits }) }))
    this.members.set(name, member)
    return member
  }

  client(name: string, options?: Parameters<typeof startClient>[2]): Promise<BankClient> {
    return this.cluster.until(startClient(this.cluster.node(name).node, bank, options))
  }

  /** The name of the node whose member leads, once one does. */
  async leader(): Promise<string> {
    for (;;) {
      const leaders = this.cluster.up.filter(({ name }) => this.members.get(name)?.status().role === 'leader')
      leaders.sort((a, b) => this.members.get(b.name)!.status().term - this.members.get(a.name)!.status().term)
      if (leaders[0] !== undefined) return leaders[0].name
      await this.cluster.run(50)
    }
  }

  /** What the rejection of a promise says: its code. */
  code(promise: Promise<unknown>): Promise<string> {
    return this.cluster.until(codeOf(promise))
  }
}

export function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    (value) => `resolved with ${JSON.stringify(value)}`,
    (error: { readonly code: string }) => error.code,
  )
}
