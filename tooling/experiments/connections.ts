/** How many connections and descriptors a cluster of real OS processes has, flat and in groups with gateways, beside the formula. */
import { freePort } from '@agner/testing'
import { defineExperiment } from './frame/experiment.ts'
import { startNodes, untilAll, type Told } from './nodes/launch.ts'
import { connectionsOf, flat, flatFormula, grouped, groupedFormula, peersOf, type Plan } from './nodes/plan.ts'

interface Measured {
  readonly n: number
  readonly connections: number
  readonly wanted: number
  readonly mostPeers: number
  readonly sockets: number
  readonly mostDescriptors: number
  readonly rssMiB: number
  readonly convergedMs: number
  /** Every node is connected to whom it shares a group with, and to nobody else. */
  readonly isExact: boolean
}

const host = '127.0.0.1'
const cookie = 'a cookie for experiments'

async function measure(plan: Plan): Promise<Measured> {
  const full = (name: string): string => `${name}@${host}`
  const groups = Object.fromEntries(Object.entries(plan.groups).map(([group, nodes]) => [group, nodes.map(full)]))
  const ports = await Promise.all(plan.nodes.map(freePort))
  const hosts = Object.fromEntries(plan.nodes.map((name, index) => [full(name), `${host}:${String(ports[index])}`]))
  const nodes = await startNodes(
    plan.nodes.map((name, index) => ({
      settings: { name: full(name), cookie, listen: { host, port: ports[index]! }, hosts, groups, tickMs: 15_000 },
    })),
  )
  const startMs = performance.now()
  try {
    const wanted = connectionsOf(plan)
    const isMeshed = (all: readonly Told[]): boolean =>
      endsOf(all) >= 2 * wanted && all.every((told) => isPresent(plan, told))
    await untilAll(nodes, isMeshed, 400_000)
    const convergedMs = performance.now() - startMs
    // Whoever would connect further has the time to.
    await new Promise((resolve) => setTimeout(resolve, 2000))
    const all = await untilAll(nodes, isMeshed, 120_000)
    const isExact = all.every(({ node, peers }) => {
      const own = peersOf(plan, (node as string).split('@')[0]!)
        .map(full)
        .toSorted()
      return JSON.stringify(own) === JSON.stringify(peers)
    })
    return {
      n: plan.nodes.length,
      connections: endsOf(all) / 2,
      wanted,
      mostPeers: Math.max(...all.map((told) => peersOfTold(told).length)),
      sockets: sum(all, 'sockets'),
      mostDescriptors: Math.max(...all.map((told) => told['descriptors'] as number)),
      rssMiB: sum(all, 'rssMiB'),
      convergedMs,
      isExact,
    }
  } finally {
    await Promise.all(nodes.map((node) => node.kill()))
  }
}

const peersOfTold = (told: Told): readonly string[] => told['peers'] as string[]
const endsOf = (all: readonly Told[]): number => all.reduce((ends, told) => ends + peersOfTold(told).length, 0)
const sum = (all: readonly Told[], key: string): number => all.reduce((total, told) => total + (told[key] as number), 0)

/** Whether a node shares the names of its groups with all members. */
function isPresent(plan: Plan, told: Told): boolean {
  const present = told['present'] as Readonly<Record<string, number>>
  return Object.entries(present).every(([group, count]) => count === plan.groups[group]!.length)
}

export default defineExperiment({
  title: 'Connections and descriptors, flat and in groups',
  about: `Real OS processes on one machine over loopback TCP, each a node with \`startGroups\`; liveness on, as by default. *Flat*: one group of all. *Grouped*: groups of k, whose first members are the gateways and a group of their own. Counted when every node shares the names of all its groups, and two seconds later: connections as the nodes see them (each once), descriptors from \`/proc/self/fd\`.`,
  options: { sizes: [2, 4, 8, 16, 32], k: 4 },
  run: async ({ sizes, k }, tell) => {
    const flats: Measured[] = []
    const groups: Measured[] = []
    for (const n of sizes) {
      tell(`${n} nodes, flat`)
      flats.push(await measure(flat(n)))
      if (n % k !== 0) continue
      tell(`${n} nodes, groups of ${k}`)
      groups.push(await measure(grouped(n, k)))
    }
    const rows = (all: readonly Measured[], formula: (n: number) => number) =>
      all.map((m) => [
        m.n,
        m.connections,
        formula(m.n),
        m.mostPeers,
        m.sockets,
        m.mostDescriptors,
        m.rssMiB / m.n,
        m.convergedMs / 1000,
      ])
    const columns = [
      'nodes',
      'connections',
      'formula',
      'most peers of a node',
      'sockets, all nodes',
      'most descriptors of a node',
      'RSS MiB a node',
      's to converge',
    ]
    return {
      tables: [
        { caption: 'Flat', columns, rows: rows(flats, flatFormula) },
        { caption: `Groups of ${k} with gateways`, columns, rows: rows(groups, (n) => groupedFormula(n, k)) },
      ],
      charts: [
        {
          type: 'lines',
          title: 'Connections',
          x: { label: 'nodes', scale: 'log', ticks: sizes },
          y: { label: 'connections', scale: 'log' },
          series: [
            { name: 'flat', points: flats.map(({ n, connections }) => [n, connections]) },
            { name: `groups of ${k}`, points: groups.map(({ n, connections }) => [n, connections]) },
          ],
        },
        {
          type: 'lines',
          title: 'Sockets of all nodes',
          x: { label: 'nodes', scale: 'log', ticks: sizes },
          y: { label: 'sockets', scale: 'log' },
          series: [
            { name: 'flat', points: flats.map(({ n, sockets }) => [n, sockets]) },
            { name: `groups of ${k}`, points: groups.map(({ n, sockets }) => [n, sockets]) },
          ],
        },
      ],
      claims: [
        { text: 'Flat: n(n−1)/2 connections, exactly.', holds: flats.every((m) => m.connections === flatFormula(m.n)) },
        {
          text: `In groups of ${k} with gateways: n(k−1)/2 + (n/k)(n/k−1)/2 connections, exactly${sizes.includes(32) && k === 4 ? ' (76 at 32)' : ''}.`,
          holds: groups.every((m) => m.connections === groupedFormula(m.n, k)),
        },
        {
          text: 'Every node is connected to those that it shares a group with, and to nobody else.',
          holds: [...flats, ...groups].every(({ isExact }) => isExact),
        },
      ],
      notes: [
        `A node has a listening socket, and for liveness another and a thread; each connection has beside it one of the two liveness threads, so sockets grow by four with each connection of a pair. The seconds to converge count from the moment when the last process is up, on a machine that all processes share: no measure of speed.`,
      ],
      data: { flat: flats, grouped: groups },
    }
  },
})
