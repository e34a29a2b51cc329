/**
 * Who is spoken to: what an operation costs, and that groups are nothing to each other. Counted in frames on the wire.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { all, at, GroupCluster } from './group-cluster.ts'

let cluster: GroupCluster
afterEach(() => cluster.stop())

/** What arrived since `from` in the trace, as `ab send`, without signs of life. */
function since(from: number): string[] {
  return cluster.cluster.trace
    .slice(from)
    .flatMap((event) =>
      event.type === 'frame' && event.frame !== 'tick' ? [`${event.from}${event.to} ${event.frame}`] : [],
    )
}

/** Long enough without heartbeats for one operation. */
const raft = { heartbeatMs: 4000, electionTimeoutMs: 12_000 }

describe.each(['merge', 'agree'] as const)('an operation on names in mode %s', (mode) => {
  it('costs the messages that it says', async () => {
    cluster = await GroupCluster.start({
      nodes: 5,
      seed: 3,
      trace: true,
      tickMs: 60_000,
      groups: { raft, redialMs: 60_000 },
    })
    await cluster.until(cluster.on('a').newGroup('g', all('abcde'), { mode }))
    await cluster.run(10_000)
    for (const name of ['a', 'e']) {
      const { node } = cluster.cluster.node(name)
      const groups = cluster.on(name)
      // The first one opens a session.
      await cluster.until(groups.register(node, 'g', `${name}0`, cluster.idle(name)))
      await cluster.run(100)
      const said = new Map(groups.cost('g').map(({ operation, messages }) => [operation, messages]))
      const counted = async (work: () => unknown): Promise<number> => {
        const from = cluster.cluster.trace.length
        await cluster.until(Promise.resolve(work()))
        await cluster.run(100)
        return since(from).length
      }
      expect(await counted(() => groups.whereis('g', `${name}0`))).toBe(said.get('whereis'))
      const pid = cluster.idle(name)
      expect(await counted(() => groups.register(node, 'g', `${name}1`, pid))).toBe(said.get('register'))
      expect(await counted(() => groups.unregister(node, 'g', `${name}1`))).toBe(said.get('unregister'))
      expect(await counted(() => groups.reregister(node, 'g', `${name}1`, pid))).toBe(said.get('reregister'))
    }
  })
})

describe('what is done in one group', () => {
  it.each(['merge', 'agree'] as const)('is said to its members alone (mode %s)', async (mode) => {
    cluster = await GroupCluster.start({ nodes: 8, seed: 2, trace: true, tickMs: 60_000, groups: { raft } })
    await cluster.until(cluster.on('e').newGroup('h', all('defg'), { mode }))
    await cluster.until(cluster.on('a').newGroup('g', all('abcd'), { mode }))
    await cluster.run(5000)
    const from = cluster.cluster.trace.length
    const { node } = cluster.cluster.node('b')
    await cluster.until(cluster.on('b').register(node, 'g', 'one', cluster.idle('d')))
    await cluster.until(cluster.on('b').reregister(node, 'g', 'one', cluster.idle('c')))
    await cluster.until(cluster.on('b').unregister(node, 'g', 'one'))
    await cluster.until(cluster.on('c').addNodes('g', all('h')))
    await cluster.until(cluster.on('d').removeNodes('g', all('h')))
    await cluster.until(cluster.on('a').deleteGroup('g'))
    const strangers = new Set(all('efg'))
    const heard = since(from).filter((line) => strangers.has(at(line[0]!)) || strangers.has(at(line[1]!)))
    // The other group's own heartbeats, from its leader and back.
    expect(heard.filter((line) => !line.endsWith(' send'))).toEqual([])
    expect(heard.length).toBeLessThanOrEqual(12)
    expect(heard.filter((line) => !/^[defg][defg] /.test(line))).toEqual([])
  })
})
