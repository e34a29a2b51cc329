import { memberIdOf, raftGroup, startClient, startMember, type Machine, type RaftGroup } from '@agner/consensus'
import { simulateCluster } from '@agner/testing'
import { expect, test } from 'vitest'

interface Row {
  readonly id: number
  readonly text: string
}

const rows: RaftGroup<number, number> = raftGroup('rows')
const machine: Machine<number, number, readonly Row[]> = {
  name: 'rows',
  init: () => [],
  apply: (state, count) => {
    const added = Array.from({ length: count }, (_, id) => ({ id, text: 'x'.repeat(100) }))
    return { state: [...state, ...added], result: state.length + count }
  },
}

test('a member that comes late gets a state that is larger than what a connection takes at once', async () => {
  const cluster = await simulateCluster({ nodes: 1, later: ['late'], seed: 3, trace: false })
  const [{ node }] = cluster.up as [(typeof cluster.up)[number]]
  const id = memberIdOf(node, 'memory')
  const options = { machine, settings: { batchEntries: 1, pipeline: 1 }, limits: { snapshotEntries: 2 } }
  await cluster.until(startMember(node, rows, { ...options, founders: [{ id, role: 'voter' }] }))
  const client = await cluster.until(startClient(node, rows))
  // Some 11 MiB of objects.
  for (let n = 0; n < 5; n++) await cluster.until(client.submit(node, 20_000))
  const late = await cluster.start('late')
  const member = await cluster.until(startMember(late.node, rows, options))
  await cluster.until(client.addMember(node, member.id, 'learner'))
  for (let turn = 0; turn < 100 && member.state().state.length < 100_000; turn++) await cluster.run(50)
  expect(member.state().state).toHaveLength(100_000)
  await cluster.stop()
})

test('a member that comes late gets a state that takes longer than newer ones are made', async () => {
  const network = { latencyMs: [90, 110] } as const
  const cluster = await simulateCluster({ nodes: 1, later: ['late'], seed: 3, trace: false, network })
  const [{ node }] = cluster.up as [(typeof cluster.up)[number]]
  const id = memberIdOf(node, 'memory')
  const options = { machine, settings: { batchEntries: 10, pipeline: 2 }, limits: { snapshotEntries: 20 } }
  const leader = await cluster.until(startMember(node, rows, { ...options, founders: [{ id, role: 'voter' }] }))
  const client = await cluster.until(startClient(node, rows))
  // Some 16 pieces, of which each takes about a second.
  await cluster.until(client.submit(node, 35_000))
  for (let n = 0; n < 50; n++) await cluster.until(client.submit(node, 0))
  const late = await cluster.start('late')
  const member = await cluster.until(startMember(late.node, rows, options))
  let installed = 0
  member.onApplied(({ type }) => {
    if (type === 'snapshot') installed++
  })
  await cluster.until(client.addMember(node, member.id, 'learner'))
  for (let second = 0; second < 30; second++) {
    for (let n = 0; n < 10; n++) await cluster.until(client.submit(node, 0))
    await cluster.run(1_000)
  }
  await cluster.run(3_000)
  expect(member.status().applied).toBe(leader.status().applied)
  expect(member.state().state).toHaveLength(35_000)
  expect(installed).toBe(1)
  await cluster.stop()
})
