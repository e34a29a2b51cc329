/**
 * A simulated cluster in groups, with relays and nothing else of groups: who is in which group stands still, and names are a table of the test.
 */
import type { AnyPid, Node } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import { simulateCluster, type SimulatedCluster, type SimulatedClusterOptions } from '@agner/testing'
import type { RelayOptions, RelayWithin } from '../../src/relay/relay-interface.ts'
import { startRelay } from '../../src/relay/relay.ts'
import { AskingAcross, type Across } from '../../src/across/across.ts'
import type { AcrossWorld } from '../../src/across/service.ts'
import { NodeAttributes } from '../../src/attributes/attributes.ts'
import type { Machine } from '../../src/attributes/machine.ts'

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
  across(name: string): Across
  attributes(name: string): NodeAttributes
  node(name: string): Node
  distribution(name: string): Distribution
  /** Connects every two members of a group that are up. */
  mesh(): Promise<void>
  /** Keeps a process under a name of a group. */
  name(group: string, name: string, pid: AnyPid): void
}

export interface RelayedOptions
  extends RelayOptions, Pick<SimulatedClusterOptions, 'seed' | 'runtime' | 'network' | 'trace'> {
  readonly plan?: Plan
  /** Bytes for a node beyond which its connection is busy. */
  readonly busyBytes?: number
  /** Members that are not connected are dialled again so often; default: they are not. */
  readonly redialMs?: number
  readonly tickMs?: number
}

export function worldOf(name: string, plan: Plan, names: ReadonlyMap<string, AnyPid>): AcrossWorld {
  const own = Object.keys(plan).filter((group) => plan[group]!.includes(name))
  const others = (group?: string): string[] =>
    [...new Set((group === undefined ? own : [group]).flatMap((each) => plan[each] ?? []))]
      .filter((other) => other !== name)
      .map((short) => `${short}@cluster`)
  return {
    view: { isOwn: (group) => own.includes(group), ownGroups: () => own, others, onChange: () => () => {} },
    whereis: (group, key) => names.get(`${group}/${key}`),
    names: (group) =>
      [...names.keys()].filter((key) => key.startsWith(`${group}/`)).map((key) => key.slice(group.length + 1)),
    isGateway: () => own.length > 1,
  }
}

export async function startRelayed(options: RelayedOptions = {}): Promise<Relayed> {
  const { plan = pairOfGroups, limits = {}, times = {}, tickMs = 1000, redialMs, busyBytes, ...rest } = options
  const names = new Map<string, AnyPid>()
  const relays = new Map<string, RelayWithin>()
  const acrosses = new Map<string, Across>()
  const attributes = new Map<string, NodeAttributes>()
  const cluster = await simulateCluster({
    trace: false,
    ...rest,
    nodes: [...new Set(Object.values(plan).flat())],
    distribution: {
      tickMs,
      liveness: false,
      handshakeTimeoutMs: 1000,
      ...(busyBytes === undefined ? {} : { limits: { busyBytes } }),
    },
    setup: ({ name, node, distribution }) => {
      const world = worldOf(name, plan, names)
      const relay = startRelay(node, distribution, world, { limits, times })
      relays.set(name, relay)
      const across = new AskingAcross(node, world, relay)
      acrosses.set(name, across)
      attributes.set(
        name,
        new NodeAttributes({ node, distribution, world, relay, across }, { machine: machineOf(name) }),
      )
      if (redialMs !== undefined) keepConnected(node, distribution, world.view.others(), redialMs)
    },
  })
  const relayed: Relayed = {
    cluster,
    names,
    relay: (name) => relays.get(name)!,
    across: (name) => acrosses.get(name)!,
    attributes: (name) => attributes.get(name)!,
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

/** Machines that differ: the later in the alphabet, the larger. */
function machineOf(name: string): Machine {
  const size = name.charCodeAt(0) - 96
  return {
    os: 'linux',
    osRelease: '6.1',
    architecture: size % 2 === 0 ? 'arm64' : 'x64',
    cores: size,
    memoryBytes: size * 2 ** 30,
    freeMemoryBytes: () => size * 2 ** 29,
    loadAverages: () => [size / 10, size / 20, size / 30],
  }
}

function keepConnected(node: Node, distribution: Distribution, peers: readonly string[], redialMs: number): void {
  node.spawn(async (self) => {
    for (;;) {
      await self.sleep(redialMs * (1 + node.runtime.random()))
      const missing = peers.filter((peer) => !distribution.nodes().includes(peer))
      await self.wait(Promise.all(missing.map((peer) => distribution.connect(peer))))
    }
  })
}

/** A process that keeps what it gets. */
export function collector(node: Node): { readonly pid: AnyPid; readonly got: unknown[] } {
  const got: unknown[] = []
  const pid = node.spawn<unknown>(async (self) => {
    for (;;) got.push(await self.receive())
  })
  return { pid, got }
}
