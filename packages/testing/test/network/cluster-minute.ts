/**
 * A minute of the life of a cluster: nodes in a ring with chords call each other and watch each other, one crashes and comes
 * back, one dies in silence, and a third of them is cut off for a while.
 */
import { reply, type Down, type Process, type Request } from '@agner/core'
import { simulateCluster, type SimulatedNode, type TraceEvent } from '../../src/index.ts'

export interface Minute {
  readonly fingerprint: string
  readonly trace: readonly TraceEvent[]
  /** Ends of connections that were up at the end. */
  readonly connections: number
  readonly frames: number
  readonly calls: number
  readonly downs: number
  /** Watchers of a node that crashed in silence that were told nothing. */
  readonly lostDowns: number
  readonly turns: number
}

const chords = [1, 7]
const callEveryMs = 2000

export async function clusterMinute(options: { seed: number; nodes: number }): Promise<Minute> {
  const { seed, nodes } = options
  const names = Array.from({ length: nodes }, (_, index) => `n${String(index)}`)
  let calls = 0
  let downs = 0
  const told = new Set<string>()
  const setup = ({ name, node }: SimulatedNode): void => {
    node.spawn(
      async (self: Process<Request<number, number>>) => {
        for (;;) {
          const request = await self.receive()
          reply(request, request.payload + 1)
        }
      },
      { name: 'echo' },
    )
    const index = names.indexOf(name)
    for (const chord of chords) {
      const peer = names[(index + chord) % nodes] as string
      const target = { name: 'echo', node: `${peer}@cluster` }
      node.spawn(async (self: Process<Down>) => {
        await self.sleep(node.runtime.random() * callEveryMs)
        self.monitor(target)
        for (;;) {
          const down = await self.receive({ timeoutMs: callEveryMs })
          if (typeof down === 'object') {
            downs++
            told.add(`${name} of ${peer}`)
            self.monitor(target)
            continue
          }
          const answer = await self.request(target, 1, { timeoutMs: 2000 }).catch(() => null)
          if (answer === 2) calls++
        }
      })
    }
  }
  const cluster = await simulateCluster({ seed, nodes: names, setup, distribution: { tickMs: 5000 } })
  await cluster.run(5000)
  cluster.crash('n3')
  const [before, silent] = ['n9', 'n10']
  cluster.crash(silent, 'silence')
  await cluster.run(5000)
  await cluster.restart('n3')
  const third = names.slice(0, Math.floor(nodes / 3))
  cluster.partition(third, names.slice(third.length))
  await cluster.run(20_000)
  cluster.heal()
  await cluster.run(30_000)
  return {
    fingerprint: cluster.runtime.fingerprint,
    trace: cluster.trace,
    connections: cluster.up.reduce((sum, { distribution }) => sum + distribution.nodes().length, 0),
    frames: cluster.trace.filter(({ type }) => type === 'frame').length,
    calls,
    downs,
    lostDowns: told.has(`${before} of ${silent}`) ? 0 : 1,
    turns: cluster.runtime.turns,
  }
}
