/**
 * Nodes with groups, in virtual time, on a network that fails as it is told.
 */
import { simulateCluster, type NetworkConditions, type SimulatedCluster } from '@agner/testing'
import type { AnyPid } from '@agner/core'
import { startGroups, type Groups, type GroupsOptions } from '../../src/index.ts'

export interface GroupClusterOptions {
  readonly nodes: number | readonly string[]
  readonly later?: readonly string[]
  readonly seed?: number
  readonly network?: NetworkConditions
  /** For every node, or for each by its short name. */
  readonly groups?: GroupsOptions | ((name: string) => GroupsOptions)
  readonly tickMs?: number
  readonly trace?: boolean
}

/** `a` as the cluster's nodes know it. */
export const at = (short: string): string => `${short}@cluster`
export const all = (shorts: string): string[] => shorts.split('').map(at)

export class GroupCluster {
  readonly cluster: SimulatedCluster
  readonly #groups: Map<string, Groups>

  private constructor(cluster: SimulatedCluster, groups: Map<string, Groups>) {
    this.cluster = cluster
    this.#groups = groups
  }

  static async start({
    groups = {},
    tickMs = 2000,
    trace = false,
    ...options
  }: GroupClusterOptions): Promise<GroupCluster> {
    const running = new Map<string, Groups>()
    const cluster = await simulateCluster({
      ...options,
      trace,
      distribution: { tickMs },
      setup: async ({ name, node, distribution }) => {
        const own = typeof groups === 'function' ? groups(name) : groups
        running.set(name, await startGroups(node, distribution, { redialMs: 200, ...own }))
      },
    })
    return new GroupCluster(cluster, running)
  }

  /** The groups of a node that is up. */
  on(name: string): Groups {
    this.cluster.node(name)
    return this.#groups.get(name)!
  }

  until<T>(promise: PromiseLike<T>): Promise<T> {
    return this.cluster.until(promise)
  }

  run(ms: number): Promise<void> {
    return this.cluster.run(ms)
  }

  /** Lets time pass until it is so, at most `limitMs`. Returns the time it took, or null. */
  async when(isSo: () => boolean, limitMs = 60_000): Promise<number | null> {
    for (let ms = 0; ms <= limitMs; ms += 50) {
      if (isSo()) return ms
      await this.run(50)
    }
    return null
  }

  /** Connections as each node sees them: `ab ac`, each once, when both sides have it; `a>b` when one has. */
  edges(): string {
    const seen = new Set<string>()
    for (const { name, distribution } of this.cluster.up)
      for (const other of distribution.nodes('connected')) seen.add(`${name}>${other.slice(0, -'@cluster'.length)}`)
    const edges: string[] = []
    for (const edge of seen) {
      const [from, to] = edge.split('>') as [string, string]
      if (!seen.has(`${to}>${from}`)) edges.push(edge)
      else if (from < to) edges.push(from + to)
    }
    return edges.toSorted().join(' ')
  }

  /** The members of a group as each node that is up has it: `a:abc b:abc`; a node without it is left out. */
  views(group: string): string {
    return this.cluster.up
      .filter(({ name }) => this.on(name).own().includes(group))
      .map(({ name }) => `${name}:${this.short(this.on(name).members(group))}`)
      .join(' ')
  }

  epochs(group: string): number[] {
    return this.cluster.up
      .map(({ name }) => this.on(name).view.find(group))
      .flatMap((known) => (known?.source === 'own' ? [known.view.epoch] : []))
  }

  short(nodes: readonly string[]): string {
    return nodes
      .map((node) => node.slice(0, -'@cluster'.length))
      .toSorted()
      .join('')
  }

  idle(name: string): AnyPid {
    return this.cluster.node(name).node.spawn(async (self) => void (await self.receive()))
  }

  stop(): Promise<void> {
    return this.cluster.stop()
  }
}
