/** What a name for many nodes costs: to have it and to give it back, alone and when all want one, flat and in groups, beside Erlang's `global`. */
import { loadavg } from 'node:os'
import { defineExperiment, type Claim } from './frame/experiment.ts'
import { quantile } from './frame/quantile.ts'
import { build, type Built } from './names/build.ts'
import { Cluster } from './names/clusters.ts'

const systems = ['Agner, flat', 'Erlang, flat', 'Agner, groups', 'Erlang, groups'] as const
type System = (typeof systems)[number]

/** What was measured of one system at one size. */
interface Figures {
  readonly registerUs: number[]
  readonly unregisterUs: number[]
  readonly pairsPerSecond: number[]
}

/** The options of the experiment, but for the sizes. */
interface Settings {
  readonly group: number
  readonly rounds: number
  readonly seconds: number
  readonly pairs: number
  /** Seconds for each node that a cluster of Agner works before it is measured: Node.js compiles what has run often, in each process. */
  readonly warm: number
}

type OfSystems = Readonly<Record<System, Figures>>

/** Erlang compiles what it loads. */
const erlangWarmSeconds = 5

const registerP50 = ({ registerUs }: Figures): number => quantile(registerUs, 0.5)
const unregisterP50 = ({ unregisterUs }: Figures): number => quantile(unregisterUs, 0.5)
const rate = ({ pairsPerSecond }: Figures): number => quantile(pairsPerSecond, 0.5)

function startCluster(system: System, size: number, group: number, built: Built): Promise<Cluster> {
  const inGroups = system.endsWith('groups') ? group : null
  return system.startsWith('Agner') ? Cluster.ofAgner(size, inGroups, built) : Cluster.ofErlang(size, inGroups, built)
}

/** All four clusters stand; one at a time works, and the others rest. */
async function measure(
  size: number,
  { group, rounds, seconds, pairs, warm }: Settings,
  built: Built,
  tell: (line: string) => void,
): Promise<OfSystems> {
  const clusters = new Map<System, Cluster>()
  const figures = Object.fromEntries(
    systems.map((system) => [system, { registerUs: [], unregisterUs: [], pairsPerSecond: [] } satisfies Figures]),
  ) as unknown as OfSystems
  try {
    for (const system of systems) {
      tell(`${size} nodes: starting ${system}`)
      clusters.set(system, await startCluster(system, size, group, built))
    }
    for (const [system, cluster] of clusters) {
      const forMs = 1000 * (system.startsWith('Agner') ? warm * size : erlangWarmSeconds)
      tell(`${size} nodes: warming ${system}`)
      for (const sinceMs = performance.now(); performance.now() - sinceMs < forMs;) {
        await cluster.latencies(20)
        await cluster.pairsPerSecond(1.5)
      }
    }
    for (let round = 1; round <= rounds; round++) {
      for (const [system, cluster] of clusters) {
        const { registerUs, unregisterUs } = await cluster.latencies(pairs)
        const perSecond = await cluster.pairsPerSecond(seconds)
        figures[system].registerUs.push(...registerUs)
        figures[system].unregisterUs.push(...unregisterUs)
        figures[system].pairsPerSecond.push(perSecond)
        const us = `register ${quantile(registerUs, 0.5).toFixed(0)} µs, unregister ${quantile(unregisterUs, 0.5).toFixed(0)} µs`
        tell(`${size} nodes, round ${round}, ${system}: ${us}, ${perSecond.toFixed(0)} pairs/s`)
      }
    }
  } finally {
    await Promise.all([...clusters.values()].map((cluster) => cluster.stop()))
  }
  return figures
}

function claimsOf(all: ReadonlyMap<number, OfSystems>, group: number): Claim[] {
  const sizes = [...all.keys()]
  const every = (holds: (of: OfSystems) => boolean): boolean => [...all.values()].every(holds)
  const ahead = (ours: System, theirs: System): Claim[] => [
    {
      text: `${ours}: more pairs a second than ${theirs}, at every size`,
      holds: every((of) => rate(of[ours]) > rate(of[theirs])),
    },
    {
      text: `${ours}: registering and unregistering take less time than of ${theirs}, at every size`,
      holds: every(
        (of) => registerP50(of[ours]) < registerP50(of[theirs]) && unregisterP50(of[ours]) < unregisterP50(of[theirs]),
      ),
    },
  ]
  const claims = [...ahead('Agner, flat', 'Erlang, flat'), ...ahead('Agner, groups', 'Erlang, groups')]
  const base = all.get(group)
  if (base !== undefined) {
    const grown = sizes.filter((size) => size > group)
    const isLevel = (of: (figures: Figures) => number): boolean =>
      grown.every((size) => Math.abs(of(all.get(size)!['Agner, groups']) / of(base['Agner, groups']) - 1) <= 0.2)
    claims.push(
      { text: `Agner, groups: the rate stays within ±20 % of that of ${group} nodes`, holds: isLevel(rate) },
      {
        text: `Agner, groups: p50 of registering stays within ±20 % of that of ${group} nodes`,
        holds: isLevel(registerP50),
      },
    )
  }
  const largest = Math.max(...sizes)
  const of = all.get(largest)!
  const times = rate(of['Agner, groups']) / rate(of['Erlang, flat'])
  claims.push(
    {
      text: `${largest} nodes: Agner in groups does at least 10 times what flat Erlang does (${times.toFixed(0)} times)`,
      holds: times >= 10,
    },
    {
      text: `${largest} nodes: Agner in groups does more than Agner flat`,
      holds: rate(of['Agner, groups']) > rate(of['Agner, flat']),
    },
  )
  return claims
}

export default defineExperiment({
  title: 'Names for many nodes',
  about: `Each node is an operating-system process on loopback. Four clusters of each size stand at the same time, and work in turns: Agner's global names and Erlang's \`global\`, flat (all nodes share the names) and in groups (disjoint, no node in two; Erlang's are \`global_groups\`).

**Alone:** the last node registers a name and unregisters it, one pair after the other, while all others rest; p50 of all rounds. **Contended:** all nodes do so at the same time, for some seconds, each with names of its own; pairs a second of all nodes together, the median of the rounds. A pair is a name registered and unregistered, acknowledged when all nodes that share it know. Each cluster works before, both ways, and that does not count: Agner's 1.5 s for each node (\`--warm\`), since Node.js compiles what has run often, in each process by itself; Erlang's, which compiles what it loads, 5 s.

Erlang runs with one scheduler for each node, and \`prevent_overlapping_partitions\` off, so that a connection that is late costs it no others. Nodes of Agner run without their liveness threads.`,
  options: { nodes: [2, 4, 8, 16, 24, 32], group: 4, rounds: 3, seconds: 3, pairs: 60, warm: 1.5 },
  run: async ({ nodes, ...settings }, tell) => {
    const { group } = settings
    using built = build()
    const loads: number[] = []
    const all = new Map<number, OfSystems>()
    for (const size of nodes) {
      loads.push(loadavg()[0]!)
      all.set(size, await measure(size, settings, built, tell))
    }
    const table = (caption: string, of: (figures: Figures) => number) => ({
      caption,
      columns: ['nodes', ...systems],
      rows: nodes.map((size) => [size, ...systems.map((system) => of(all.get(size)![system]))]),
    })
    const chart = (title: string, label: string, of: (figures: Figures) => number) => ({
      type: 'lines' as const,
      title,
      x: { label: 'nodes', scale: 'log' as const, ticks: nodes },
      y: { label, scale: 'log' as const },
      series: systems.map((name) => ({
        name,
        points: nodes.map((size) => [size, of(all.get(size)![name])] as const),
      })),
    })
    return {
      tables: [
        table('Contended: pairs a second, all nodes together', rate),
        table('Alone: register, p50 µs', registerP50),
        table('Alone: unregister, p50 µs', unregisterP50),
      ],
      charts: [
        chart('Pairs a second, all nodes together', 'pairs/s', rate),
        chart('Registering a name, alone: p50', 'µs', registerP50),
      ],
      claims: claimsOf(all, group),
      notes: [
        'All nodes share the cores of one machine. What grows with more cores does not show here; what falls with more nodes does. Compare the columns of one row, and the shapes of the lines, not the figures of two machines.',
        `With two nodes there is one group, of two. Load of the machine before each size: ${loads.map((load) => load.toFixed(1)).join(', ')}.`,
      ],
      data: Object.fromEntries(
        [...all].map(([size, of]) => [
          size,
          Object.fromEntries(systems.map((system) => [system, { pairsPerSecond: of[system].pairsPerSecond }])),
        ]),
      ),
    }
  },
})
