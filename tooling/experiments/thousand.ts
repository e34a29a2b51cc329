/** A thousand nodes in one program, in groups of ten with gateways: connections, heartbeats, memory, and the time to come together. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createNode, type Node } from '@agner/core'
import { startDistribution, type Distribution } from '@agner/distribution'
import { startGroups, type Groups } from '@agner/groups'
import { createVirtualRuntime, simulateNetwork, type VirtualRuntime } from '@agner/testing'
import { defineExperiment } from './frame/experiment.ts'
import { connectionsOf, flat, flatFormula, grouped, groupedFormula, peersOf, type Plan } from './nodes/plan.ts'

const tickMs = 15_000
const port = 4000

interface Member {
  readonly name: string
  readonly node: Node
  readonly distribution: Distribution
  groups: Groups | null
}

interface Measured {
  readonly nodes: number
  readonly connections: number
  readonly mostPeers: number
  /** Virtual milliseconds until every connection stood, and every node shared the names of its groups. */
  readonly convergedMs: number
  /** To the network; a tick is one, and frames that go out in one turn are one. */
  readonly writesPerSecond: number
  readonly framesPerSecond: number
  readonly bytesPerSecond: number
  /** Above that of the same nodes without connections. */
  readonly heapMiB: number
  /** The part of it that is buffers of bytes. */
  readonly buffersMiB: number
  /** Real seconds of this program for it all. */
  readonly tookSeconds: number
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

interface Memory {
  readonly all: number
  readonly buffers: number
}

function memoryMiB(): Memory {
  collectGarbage()
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return { all: (heapUsed + external) / 2 ** 20, buffers: external / 2 ** 20 }
}

const full = (name: string): string => `${name}@sim`

async function startNodes(runtime: VirtualRuntime, plan: Plan): Promise<Member[]> {
  const networkOf = simulateNetwork({ runtime, seed: 1 })
  const members: Member[] = []
  for (const name of plan.nodes) {
    const node = createNode({ name: full(name), runtime, report: () => {} })
    const hosts = Object.fromEntries(peersOf(plan, name).map((peer) => [full(peer), `${peer}:${String(port)}`]))
    const distribution = await runtime.runUntil(
      startDistribution(node, {
        cookie: 'a cookie for experiments',
        network: networkOf(name),
        listen: { host: name, port },
        portMapper: false,
        liveness: false,
        hosts,
        tickMs,
      }),
    )
    members.push({ name, node, distribution, groups: null })
  }
  return members
}

/** One connects to the other, as the plan has it, and nothing runs on them. */
async function connectOnly(runtime: VirtualRuntime, plan: Plan, members: readonly Member[]): Promise<void> {
  for (const { name, distribution } of members) {
    const later = peersOf(plan, name).filter((peer) => plan.nodes.indexOf(peer) > plan.nodes.indexOf(name))
    await runtime.runUntil(Promise.all(later.map((peer) => distribution.connect(full(peer)))))
  }
}

async function joinGroups(runtime: VirtualRuntime, plan: Plan, members: readonly Member[]): Promise<void> {
  const groups = Object.fromEntries(Object.entries(plan.groups).map(([group, nodes]) => [group, nodes.map(full)]))
  for (const member of members) {
    const own = Object.fromEntries(Object.entries(groups).filter(([, nodes]) => nodes.includes(full(member.name))))
    member.groups = await runtime.runUntil(startGroups(member.node, member.distribution, { groups: own }))
  }
}

function isTogether(plan: Plan, members: readonly Member[]): boolean {
  return members.every(({ name, distribution, groups }) => {
    if (distribution.nodes().length !== peersOf(plan, name).length) return false
    return groups === null || groups.own().every((group) => groups.present(group).length === plan.groups[group]!.length)
  })
}

function sent(members: readonly Member[]): {
  readonly writes: number
  readonly frames: number
  readonly bytes: number
} {
  const all = members.map(({ distribution }) => distribution.stats())
  return {
    writes: all.reduce((sum, { writes }) => sum + writes, 0),
    frames: all.reduce((sum, { framesOut }) => sum + framesOut, 0),
    bytes: all.reduce((sum, { bytesOut }) => sum + bytesOut, 0),
  }
}

async function measure(plan: Plan, withGroups: boolean, tell: (line: string) => void): Promise<Measured> {
  const realStartMs = performance.now()
  const runtime = createVirtualRuntime({ seed: 1 })
  const members = await startNodes(runtime, plan)
  const before = memoryMiB()
  tell(`${plan.nodes.length} nodes are up`)
  const startMs = runtime.nowMs()
  if (withGroups) await joinGroups(runtime, plan, members)
  else await connectOnly(runtime, plan, members)
  while (!isTogether(plan, members)) {
    if (runtime.nowMs() - startMs > 600_000) throw new Error('they do not come together')
    await runtime.advance(250)
  }
  const convergedMs = runtime.nowMs() - startMs
  tell(`together after ${convergedMs.toFixed(0)} ms of virtual time`)
  // Logs are founded, elections are over: what is left is the hum of a quiet cluster.
  await runtime.advance(30_000)
  const first = sent(members)
  const seconds = 60
  await runtime.advance(seconds * 1000)
  const second = sent(members)
  const peers = members.map(({ distribution }) => distribution.nodes().length)
  const after = memoryMiB()
  const measured: Measured = {
    nodes: plan.nodes.length,
    connections: peers.reduce((sum, count) => sum + count, 0) / 2,
    mostPeers: Math.max(...peers),
    convergedMs,
    writesPerSecond: (second.writes - first.writes) / seconds,
    framesPerSecond: (second.frames - first.frames) / seconds,
    bytesPerSecond: (second.bytes - first.bytes) / seconds,
    heapMiB: after.all - before.all,
    buffersMiB: after.buffers - before.buffers,
    tookSeconds: (performance.now() - realStartMs) / 1000,
  }
  for (const { groups } of members) groups?.stop()
  for (const { distribution, node } of members) {
    await runtime.runUntil(distribution.stop())
    await runtime.runUntil(node.stop())
  }
  return measured
}

export default defineExperiment({
  title: 'A thousand nodes in one program',
  about: `Kernel, distribution and groups as in production, in virtual time on the simulated network of \`@agner/testing\`, which carries bytes: every frame is encoded and decoded. Ticks every ${String(tickMs / 1000)} s, liveness threads off (they are threads). *Connections alone* has no groups: what a quiet connection costs. *Groups* runs \`startGroups\` on every node: a mesh in each group, its names, and its log with heartbeats. Memory is what the program uses more than with the same nodes unconnected, heap and buffers, after a full collection; a connection has two ends, and both are in it. Flat is played with fewer nodes; what a thousand would need follows from it.`,
  options: { nodes: 1000, k: 10, flat: 100 },
  run: async ({ nodes: n, k, flat: small }, tell) => {
    tell(`${small} nodes, flat`)
    const mesh = await measure(flat(small), false, tell)
    tell(`${n} nodes, groups of ${k}, connections alone`)
    const bare = await measure(grouped(n, k), false, tell)
    tell(`${n} nodes, groups of ${k}`)
    const full = await measure(grouped(n, k), true, tell)
    const all = [
      ['flat, connections alone', mesh],
      [`groups of ${k}, connections alone`, bare],
      [`groups of ${k}`, full],
    ] as const
    const perConnection = (mesh.heapMiB / mesh.connections) * 1024
    return {
      tables: [
        {
          caption: 'Played',
          columns: [
            '',
            'nodes',
            'connections',
            'most peers of a node',
            's to come together',
            'writes a second',
            'frames a second',
            'KiB a second',
            'memory MiB',
            'of it buffers',
            'KiB a connection',
            'real s',
          ],
          rows: all.map(([name, m]) => [
            name,
            m.nodes,
            m.connections,
            m.mostPeers,
            m.convergedMs / 1000,
            m.writesPerSecond,
            m.framesPerSecond,
            m.bytesPerSecond / 1024,
            m.heapMiB,
            m.buffersMiB,
            (m.heapMiB / m.connections) * 1024,
            m.tookSeconds,
          ]),
        },
        {
          caption: `What ${n} nodes need`,
          columns: ['', 'connections', 'ticks a second', 'memory for connections, MiB'],
          rows: [
            [
              'flat (by the formula, with what a connection cost above)',
              flatFormula(n),
              (2 * flatFormula(n) * 1000) / tickMs,
              (flatFormula(n) * perConnection) / 1024,
            ],
            [`groups of ${k}, as played`, bare.connections, bare.writesPerSecond, bare.heapMiB],
          ],
        },
      ],
      charts: [
        {
          type: 'bars',
          title: `Connections of ${n} nodes`,
          value: { label: 'connections', scale: 'log' },
          groups: ['flat (formula)', `groups of ${k}`],
          series: [{ name: 'connections', values: [flatFormula(n), full.connections] }],
        },
        {
          type: 'bars',
          title: 'Writes a second of a quiet cluster',
          value: { label: 'writes a second', scale: 'log' },
          groups: ['ticks, flat (formula)', `ticks, groups of ${k}`, `all, groups of ${k} with their logs`],
          series: [
            {
              name: 'writes',
              values: [(2 * flatFormula(n) * 1000) / tickMs, bare.writesPerSecond, full.writesPerSecond],
            },
          ],
        },
      ],
      claims: [
        {
          text: `${n} nodes in groups of ${k} have n(k−1)/2 + (n/k)(n/k−1)/2 = ${groupedFormula(n, k)} connections, exactly, where a flat mesh has ${flatFormula(n)}.`,
          holds:
            full.connections === groupedFormula(n, k) &&
            full.connections === connectionsOf(grouped(n, k)) &&
            bare.connections === full.connections,
        },
        {
          text: 'A quiet connection costs one tick each way in an interval, and no more.',
          holds: [mesh, bare].every((m) => m.writesPerSecond <= (2.1 * m.connections * 1000) / tickMs),
        },
      ],
      notes: [
        'Virtual time is what the nodes live through, with 0.2 to 5 ms for each write on the network and processors that cost nothing; it says how many rounds something takes. The real seconds are those of one core for all nodes together.',
        '*Connections alone* are made one node after the other, each waiting for its own, so how long that took says nothing; with groups all dial at once. The real seconds count whatever else the machine had to do: it had a lot.',
      ],
      data: { flat: mesh, bare, grouped: full },
    }
  },
})
