/**
 * A simulated cluster in groups, with relays and nothing else of groups: who is in which group stands still, and names are a table of the test.
 */
import type { AnyPid, Node } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import { simulateCluster, type SimulatedCluster, type SimulatedClusterOptions } from '@agner/testing'
import { startRelay, type RelayOptions, type RelayWithin } from '../../src/relay/relay.ts'
import type { RelayWorld } from '../../src/relay/hub.ts'

export type Plan = Readonly<Record<string, readonly string[]>>

/** Two groups with two gateways each, and the gateways meshed. */
export const pairOfGroups: Plan = {
  left: ['a', 'b', 'g', 'h'],
  right: ['c', 'd', 'i', 'j'],
  between: ['g', 'h', 'i', 'j'],
}

export interface Relayed {
  readonly cluster: SimulatedCluster
  readonly names: Map<string, AnyPid>
  relay(name: string): RelayWithin
  node(name: string): Node
  distribution(name: string): Distribution
  /** Connects every two members of a group that are up. */
  mesh(): Promise<void>
  /** Keeps a process under a name of a group. */
  name(group: string, name: string, pid: AnyPid): void
}

export interface RelayedOptions extends RelayOptions, Pick<SimulatedClusterOptions, 'seed' | 'network' | 'trace'> {
  readonly plan?: Plan
  readonly tickMs?: number
}

export function worldOf(name: string, plan: Plan, names: ReadonlyMap<string, AnyPid>): RelayWorld {
  const own = Object.keys(plan).filter((group) => plan[group]!.includes(name))
  const others = (group?: string): string[] =>
    [...new Set((group === undefined ? own : [group]).flatMap((each) => plan[each] ?? []))]
      .filter((other) => other !== name)
      .map((short) => `${short}@cluster`)
  return {
    view: { isOwn: (group) => own.includes(group), ownGroups: () => own, others, onChange: () => () => {} },
    whereis: (group, key) => names.get(`${group}/${key}`),
    isGateway: () => own.length > 1,
  }
}

export async function startRelayed(options: RelayedOptions = {}): Promise<Relayed> {
  const { plan = pairOfGroups, limits = {}, times = {}, tickMs = 1000, ...rest } = options
  const names = new Map<string, AnyPid>()
  const relays = new Map<string, RelayWithin>()
  const cluster = await simulateCluster({
    trace: false,
    ...rest,
    nodes: [...new Set(Object.values(plan).flat())],
    distribution: { tickMs, liveness: false },
    setup: ({ name, node, distribution }) => {
      relays.set(name, startRelay(node, distribution, worldOf(name, plan, names), { limits, times }))
    },
  })
  const relayed: Relayed = {
    cluster,
    names,
    relay: (name) => relays.get(name)!,
    node: (name) => cluster.node(name).node,
    distribution: (name) => cluster.node(name).distribution,
    async mesh() {
      const up = new Set(cluster.up.map(({ name }) => name))
      const made: Promise<boolean>[] = []
      for (const group of Object.values(plan))
        for (const one of group)
          for (const other of group)
            if (one < other && up.has(one) && up.has(other))
              made.push(cluster.node(one).distribution.connect(`${other}@cluster`))
      await cluster.until(Promise.all(made))
      await cluster.run(100)
    },
    name: (group, name, pid) => void names.set(`${group}/${name}`, pid),
  }
  await relayed.mesh()
  return relayed
}

/** A process that keeps what it gets. */
export function collector(node: Node): { readonly pid: AnyPid; readonly got: unknown[] } {
  const got: unknown[] = []
  const pid = node.spawn<unknown>(async (self) => {
    for (;;) got.push(await self.receive())
  })
  return { pid, got }
}
