/** What no connection takes is an answer, and no reason to ask again or to look for another leader. */
import { memberIdOf, raftGroup, startClient, startMember, type RaftGroup } from '@agner/consensus'
import { simulateCluster } from '@agner/testing'
import { expect, test } from 'vitest'

const group: RaftGroup<unknown, unknown, string, unknown> = raftGroup('carried')
const objectBytes = 500_000
const large = 'x'.repeat(2 * objectBytes)

async function withGuest(seed: number) {
  const count = { asked: 0, applied: 0 }
  const machine = {
    name: 'carried',
    init: () => 0,
    apply: (state: number, command: unknown) => ({ state: state + 1, result: command === 'large' ? large : state + 1 }),
    query: (state: number, query: string) => {
      count.asked++
      return query === 'large' ? large : state
    },
  }
  const cluster = await simulateCluster({
    nodes: ['a', 'b', 'c', 'd'],
    seed,
    trace: false,
    distribution: { limits: { objectBytes } },
  })
  const three = cluster.up.slice(0, 3)
  const founders = three.map(({ node }) => ({ id: memberIdOf(node, 'memory'), role: 'voter' as const }))
  const members = []
  for (const { node } of three) members.push(await cluster.until(startMember(node, group, { machine, founders })))
  const { node } = cluster.node('d')
  const client = await cluster.until(startClient(node, group, { nodes: three.map((one) => one.node.name) }))
  await cluster.until(client.submit(node, 1, { timeoutMs: 20_000 }))
  return { cluster, members, node, client, count }
}

const failed = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, details: expect.objectContaining({ message: expect.stringMatching(message) }) })

test('a query whose answer is too large is asked once, and fails at once', async () => {
  const { cluster, node, client, count } = await withGuest(51)
  for (const kind of ['read', 'readLocal'] as const) {
    count.asked = 0
    const fromMs = node.monotonicTimeMs()
    const asked = client[kind](node, 'large')
    await expect(cluster.until(asked)).rejects.toEqual(
      failed('consensus.query_failed', /the answer is larger .*objectBytes.*A reply/),
    )
    // No election, and no time that was up.
    expect(node.monotonicTimeMs() - fromMs).toBeLessThan(500)
    expect(count.asked).toBe(1)
  }
  await expect(cluster.until(client.read(node, large))).rejects.toEqual(
    failed('consensus.query_failed', /the request is larger/),
  )
  expect(await cluster.until(client.read(node, 'small'))).toBe(1)
  await cluster.stop()
})

test('a command whose result is too large was applied, and says so; one that is too large itself was not', async () => {
  const { cluster, members, node, client } = await withGuest(52)
  const fromMs = node.monotonicTimeMs()
  await expect(cluster.until(client.submit(node, 'large'))).rejects.toEqual(
    failed('consensus.result_unsendable', /the answer is larger .*objectBytes/),
  )
  await expect(cluster.until(client.submit(node, { large }))).rejects.toEqual(
    failed('consensus.command_too_large', /the request is larger/),
  )
  await expect(cluster.until(client.submit(node, 1n << 9_000n))).rejects.toEqual(
    failed('consensus.command_unencodable', /bigint/),
  )
  expect(node.monotonicTimeMs() - fromMs).toBeLessThan(1_000)
  expect(await cluster.until(client.submit(node, 1))).toBe(3)
  await cluster.run(1_000)
  expect(members.map((member) => member.state().state)).toEqual([3, 3, 3])
  await cluster.stop()
})
