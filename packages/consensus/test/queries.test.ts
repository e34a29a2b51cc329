import { raftGroup, memberIdOf, startClient, startMember, type Machine } from '@agner/consensus'
import { simulateCluster } from '@agner/testing'
import { expect, test } from 'vitest'

/** Of another version than its clients: it does not know all of their queries. */
const machine: Machine<number, number, number, string | null, unknown> = {
  name: 'counter',
  init: () => 0,
  apply: (state, by) => ({ state: state + by, result: state + by }),
  query: (state, query) => {
    // oxlint-disable-next-line typescript/only-throw-error -- what a machine may do
    if (query === 'throw what is no error') throw { secret: true }
    if (query === 'what cannot be sent') return () => state
    return query!.length + state
  },
}

const failed = (message: RegExp): unknown =>
  expect.objectContaining({
    code: 'consensus.query_failed',
    details: expect.objectContaining({ message: expect.stringMatching(message) }),
  })

test.each(['read', 'readLocal'] as const)(
  'a query that fails in %s is told to its asker, and harms nobody',
  async (kind) => {
    const group = raftGroup<number, number, string | null, unknown>('counter')
    const cluster = await simulateCluster({ nodes: 3, seed: 21, trace: false })
    const founders = cluster.up.map(({ node }) => ({ id: memberIdOf(node, 'memory'), role: 'voter' as const }))
    const members = []
    for (const { node } of cluster.up)
      members.push(await cluster.until(startMember(node, group, { machine, founders })))
    const { node } = cluster.up[0]!
    const client = await cluster.until(startClient(node, group))
    await cluster.until(client.submit(node, 1, { timeoutMs: 30_000 }))
    const ask = (query: string | null) => client[kind](node, query)
    await expect(cluster.until(ask(null))).rejects.toEqual(failed(/null/))
    await expect(cluster.until(ask('throw what is no error'))).rejects.toEqual(failed(/no error/))
    await expect(cluster.until(ask('what cannot be sent'))).rejects.toEqual(failed(/function/))
    expect(members.map(({ pid }, i) => cluster.up[i]!.node.isAlive(pid))).toEqual([true, true, true])
    expect(await cluster.until(client.submit(node, 1))).toBe(2)
    const answer = await cluster.until(client.read(node, 'xy'))
    expect(answer).toBe(4)
    await cluster.stop()
  },
)
