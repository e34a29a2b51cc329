/** Who sees that a node was killed, and that a group was cut in two: exactly those who share a group, and nobody else. */
import { createNetworkNamespaces, whyNoNetworkNamespaces, type NetworkNamespaces } from '@agner/testing'
import { defineExperiment, type Claim } from './frame/experiment.ts'
import { startNodes, untilAll, type NodeProcess, type Told } from './nodes/launch.ts'
import { connectionsOf, flat, grouped, peersOf, type Plan } from './nodes/plan.ts'

const cookie = 'a cookie for experiments'
const tickMs = 2000
/** Four intervals of silence and some, once all that had to be seen has been: whoever would notice anything else has done so. */
const quietMs = 16_000
const patienceMs = 120_000

interface Seen {
  readonly what: string
  /** Nodes that were told of exactly what happened, once each. */
  readonly saw: number
  readonly wanted: number
  /** Connections that were lost besides. */
  readonly others: number
  /** From what was done to the first and the last who was told. */
  readonly firstMs: number
  readonly lastMs: number
}

class Cluster {
  readonly plan: Plan
  readonly #network: NetworkNamespaces
  readonly #nodes: NodeProcess[]
  readonly #dead = new Set<string>()

  private constructor(plan: Plan, network: NetworkNamespaces, nodes: NodeProcess[]) {
    this.plan = plan
    this.#network = network
    this.#nodes = nodes
  }

  static async start(plan: Plan): Promise<Cluster> {
    const network = createNetworkNamespaces(plan.nodes)
    const of = (name: string): string => `${name}@${network.addressOf(name)}`
    const groups = Object.fromEntries(Object.entries(plan.groups).map(([group, nodes]) => [group, nodes.map(of)]))
    const hosts = Object.fromEntries(plan.nodes.map((name) => [of(name), `${network.addressOf(name)}:4400`]))
    try {
      const nodes = await startNodes(
        plan.nodes.map((name) => ({
          settings: {
            name: of(name),
            cookie,
            listen: { host: network.addressOf(name), port: 4400 },
            hosts,
            groups,
            tickMs,
          },
          prefix: network.prefixOf(name),
        })),
      )
      const cluster = new Cluster(plan, network, nodes)
      await cluster.meshed()
      return cluster
    } catch (error) {
      network.close()
      throw error
    }
  }

  get #alive(): NodeProcess[] {
    return this.#nodes.filter(({ name }) => !this.#dead.has(short(name)))
  }

  /** Waits until all that live are connected as the plan says. */
  async meshed(): Promise<void> {
    const left: Plan = {
      nodes: this.plan.nodes.filter((name) => !this.#dead.has(name)),
      groups: Object.fromEntries(
        Object.entries(this.plan.groups).map(([group, nodes]) => [
          group,
          nodes.filter((name) => !this.#dead.has(name)),
        ]),
      ),
    }
    const ends = 2 * connectionsOf(left)
    const count = (all: readonly Told[]): number => all.reduce((sum, { peers }) => sum + (peers as string[]).length, 0)
    await untilAll(this.#alive, (all) => count(all) === ends, 300_000)
  }

  /** Does something, waits until nobody could notice anything any more, and counts who was told what. */
  async #watch(
    what: string,
    wanted: readonly (readonly [at: string, lost: string])[],
    act: () => Promise<void> | void,
  ): Promise<Seen> {
    const since = this.#nodes.map(({ told }) => told.length)
    const startMs = performance.now()
    await act()
    const downsSince = () =>
      this.#nodes.flatMap(({ name, told }, index) =>
        told
          .slice(since[index])
          .filter(({ event }) => event === 'nodedown')
          .map(({ node, atMs }) => ({ at: short(name), lost: short(node as string), afterMs: atMs - startMs })),
      )
    const areAllSeen = (): boolean => {
      const downs = downsSince()
      return wanted.every(([node, other]) => downs.some(({ at, lost }) => at === node && lost === other))
    }
    while (!areAllSeen() && performance.now() - startMs < patienceMs)
      await new Promise((resolve) => setTimeout(resolve, 100))
    await new Promise((resolve) => setTimeout(resolve, quietMs))
    const downs = downsSince()
    const isWanted = ({ at, lost }: { readonly at: string; readonly lost: string }): boolean =>
      wanted.some(([node, other]) => node === at && other === lost)
    const expected = downs.filter(isWanted)
    const times = expected.map(({ afterMs }) => afterMs)
    return {
      what,
      saw: new Set(expected.map(({ at, lost }) => `${at} ${lost}`)).size,
      wanted: wanted.length,
      others:
        downs.filter((down) => !isWanted(down)).length +
        expected.length -
        new Set(expected.map(({ at, lost }) => `${at} ${lost}`)).size,
      firstMs: Math.min(...times),
      lastMs: Math.max(...times),
    }
  }

  kill(victim: string, what: string): Promise<Seen> {
    const peers = peersOf(this.plan, victim).filter((name) => !this.#dead.has(name))
    return this.#watch(
      what,
      peers.map((name) => [name, victim] as const),
      async () => {
        this.#dead.add(victim)
        await this.#nodes[this.plan.nodes.indexOf(victim)]!.kill()
      },
    )
  }

  async partition(one: readonly string[], other: readonly string[], what: string): Promise<Seen> {
    const pairs = one.flatMap((left) => other.map((right) => [left, right] as const))
    const seen = await this.#watch(
      what,
      pairs.flatMap(([left, right]) => [[left, right] as const, [right, left] as const]),
      () => {
        this.#network.partition(one, other)
      },
    )
    this.#network.heal()
    await this.meshed()
    return seen
  }

  async stop(): Promise<void> {
    await Promise.all(this.#alive.map((node) => node.kill()))
    this.#network.close()
  }
}

const short = (name: string): string => name.split('@')[0]!

async function inCluster(plan: Plan, act: (cluster: Cluster) => Promise<readonly Seen[]>): Promise<readonly Seen[]> {
  const cluster = await Cluster.start(plan)
  try {
    return await act(cluster)
  } finally {
    await cluster.stop()
  }
}

const isExact = ({ saw, wanted, others }: Seen): boolean => saw === wanted && others === 0

export default defineExperiment({
  title: 'Who sees a failure',
  about: `Real OS processes, each in a network namespace of its own with an address of its own, all on one virtual switch; ticks every ${String(tickMs)} ms, liveness on. A node is killed with SIGKILL; its kernel closes its connections. A partition is made by packet filters between the namespaces, which drop all that is sent, silently; then it is healed, and the cluster must become whole again. Counted are all nodedowns of all nodes, those that had to come and all others, until ${String(quietMs / 1000)} s after the last that had to.`,
  options: { nodes: 16, k: 4 },
  run: async ({ nodes: n, k }, tell) => {
    const why = whyNoNetworkNamespaces()
    if (why !== null) throw new Error(`This experiment needs network namespaces, as root: ${why}`)
    if (n / k < 3 || n % k !== 0) throw new Error('It takes three groups at least, all of the same size.')
    tell(`${n} nodes, groups of ${k}`)
    const inGroups = await inCluster(grouped(n, k), async (cluster) => {
      const group = cluster.plan.groups['g1']!
      tell('partition inside a group')
      const partition = await cluster.partition(group.slice(0, k / 2), group.slice(k / 2), 'partition inside one group')
      tell('kill of a member')
      const member = await cluster.kill(cluster.plan.groups['g2']!.at(-1)!, 'kill -9 of a member')
      tell('kill of a gateway')
      const gateway = await cluster.kill(cluster.plan.groups['g3']![0]!, 'kill -9 of a gateway')
      return [member, gateway, partition]
    })
    tell(`${n} nodes, flat`)
    const inOne = await inCluster(flat(n), async (cluster) => {
      const half = cluster.plan.nodes.slice(0, k)
      const partition = await cluster.partition(
        half.slice(0, k / 2),
        half.slice(k / 2),
        `partition among ${k} of the nodes`,
      )
      return [await cluster.kill(cluster.plan.nodes.at(-1)!, 'kill -9 of a node'), partition]
    })
    const columns = ['what', 'nodedowns of it', 'had to be', 'other nodedowns', 'first ms', 'last ms']
    const rows = (all: readonly Seen[]) =>
      all.map((seen) => [seen.what, seen.saw, seen.wanted, seen.others, seen.firstMs, seen.lastMs])
    const [member, gateway, partition] = inGroups as readonly [Seen, Seen, Seen]
    const claims: Claim[] = [
      {
        text: `The death of a member is seen by the k−1 = ${k - 1} others of its group, and by nobody else.`,
        holds: isExact(member) && member.wanted === k - 1,
      },
      {
        text: `That of a gateway is seen by (k−1)+(g−1) = ${k - 1 + n / k - 1} nodes, and by nobody else.`,
        holds: isExact(gateway) && gateway.wanted === k - 1 + n / k - 1,
      },
      {
        text: 'A partition inside one group costs the connections that it cuts, and none elsewhere.',
        holds: isExact(partition),
      },
      { text: 'The same holds in a flat mesh: a partition never cascades.', holds: inOne.every(isExact) },
    ]
    return {
      tables: [
        { caption: `${n} nodes in groups of ${k} with gateways`, columns, rows: rows(inGroups) },
        { caption: `${n} nodes, flat`, columns, rows: rows(inOne) },
      ],
      charts: [
        {
          type: 'bars',
          title: 'Nodes that see the death of one',
          value: { label: 'nodes' },
          groups: ['a node, flat', 'a gateway', 'a member'],
          series: [{ name: 'nodes', values: [inOne[0]!.saw, gateway.saw, member.saw] }],
        },
      ],
      claims,
      notes: [
        'The milliseconds are no measure of speed: all processes share the cores of one machine, and with whatever else runs there. What is exact is who was told.',
      ],
      data: { grouped: inGroups, flat: inOne },
    }
  },
})
