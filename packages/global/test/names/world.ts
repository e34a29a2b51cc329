/**
 * A simulated cluster of which every node keeps global names, all connected.
 */
import type { AnyPid, Module } from '@agner/core'
import {
  simulateCluster,
  type SimulatedCluster,
  type SimulatedClusterOptions,
  type SimulatedNode,
} from '@agner/testing'
import { startGlobal, type Global, type GlobalLimits } from '../../src/index.ts'

export interface NamesWorldOptions extends Omit<SimulatedClusterOptions, 'setup' | 'nodes'> {
  readonly limits?: Partial<GlobalLimits>
  readonly modules?: readonly Module[]
}

export class NamesWorld {
  readonly cluster: SimulatedCluster
  readonly #globals: ReadonlyMap<SimulatedNode, Global>

  private constructor(cluster: SimulatedCluster, globals: ReadonlyMap<SimulatedNode, Global>) {
    this.cluster = cluster
    this.#globals = globals
  }

  static async of(
    nodes: number,
    { limits = {}, modules = [], ...options }: NamesWorldOptions = {},
  ): Promise<NamesWorld> {
    const globals = new Map<SimulatedNode, Global>()
    const cluster = await simulateCluster({
      trace: false,
      nodes,
      ...options,
      distribution: { tickMs: 500, liveness: false, ...options.distribution },
      node: { modules: [...modules], ...options.node },
      setup: async (member) =>
        void globals.set(member, await startGlobal(member.node, member.distribution, { limits })),
    })
    const world = new NamesWorld(cluster, globals)
    await world.meet()
    return world
  }

  node(name: string): SimulatedNode['node'] {
    return this.cluster.node(name).node
  }

  global(name: string): Global {
    return this.#globals.get(this.cluster.node(name))!
  }

  /** All that are up are connected, and share their names. */
  async meet(): Promise<void> {
    const { cluster } = this
    for (const one of cluster.up)
      for (const other of cluster.up) if (one !== other) await cluster.until(one.distribution.connect(other.node.name))
    for (const { name } of cluster.up) await cluster.until(this.global(name).sync())
  }

  /** Until both sides have noticed. */
  async part(...groups: readonly (readonly string[])[]): Promise<void> {
    this.cluster.partition(...groups)
    await this.cluster.run(3000)
  }

  /** Healed, connected, and what there was to decide is decided. */
  async heal(): Promise<void> {
    this.cluster.heal()
    await this.cluster.run(3000)
    await this.meet()
    await this.cluster.run(2000)
  }

  register(name: string, as: string, pid: AnyPid, options: Parameters<Global['register']>[3] = {}): Promise<boolean> {
    return this.cluster.until(this.global(name).register(this.node(name), as, pid, options))
  }

  /** What every node takes the name for. */
  seen(name: string): (AnyPid | undefined)[] {
    return this.cluster.up.map((member) => this.#globals.get(member)!.whereis(name))
  }

  /** A process that keeps what it gets. */
  idle(name: string): AnyPid & { readonly got: unknown[] } {
    const got: unknown[] = []
    const pid = this.node(name).spawn<unknown>(async (self) => {
      for (;;) got.push(await self.receive())
    })
    return Object.assign(pid as AnyPid, { got })
  }

  isAlive(pid: AnyPid): boolean {
    return this.cluster.up.some(({ node }) => node.name === pid.node && node.isAlive(pid))
  }

  stop(): Promise<void> {
    return this.cluster.stop()
  }
}
