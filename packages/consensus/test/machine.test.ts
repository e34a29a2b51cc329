/** A machine that is none, or gives what none may, is refused or ends its members; and never is a state lost without a word. */
import { memberIdOf, raftGroup, startClient, startMember, type Machine, type RaftGroup } from '@agner/consensus'
import { simulateCluster } from '@agner/testing'
import { expect, test } from 'vitest'
import { codeOf } from './bank-cluster.ts'

const group: RaftGroup<string, unknown, string, unknown> = raftGroup('machine')
const machine = {
  name: 'machine',
  init: (): unknown => 0,
  apply: (state: unknown, _command: string): unknown => ({ state: (state as number) + 1, result: 1 }),
  query: (state: unknown): unknown => state,
}
type Given = Machine<string, unknown, unknown, string, unknown>

async function three(given: unknown) {
  const cluster = await simulateCluster({ nodes: 3, seed: 61, trace: false })
  const founders = cluster.up.map(({ node }) => ({ id: memberIdOf(node, 'memory'), role: 'voter' as const }))
  const members = []
  for (const { node } of cluster.up)
    members.push(await cluster.until(startMember(node, group, { machine: given as Given, founders })))
  const { node } = cluster.up[0]!
  const client = await cluster.until(startClient(node, group))
  return { cluster, members, node, client }
}

test('what is no machine is refused before anything runs', async () => {
  const cluster = await simulateCluster({ nodes: 1, seed: 60, trace: false })
  const { node } = cluster.node('a')
  const founders = [{ id: memberIdOf(node, 'memory'), role: 'voter' as const }]
  const start = (given: unknown) =>
    cluster.until(codeOf(startMember(node, group, { machine: given as Given, founders })))
  const wrong = [undefined, null, 'machine', { ...machine, name: '' }, { ...machine, name: undefined }]
  for (const given of [...wrong, { ...machine, init: 0 }, { ...machine, apply: null }, { ...machine, query: 'q' }])
    expect([given, await start(given)]).toEqual([given, 'consensus.bad_option'])
  expect(await start({ ...machine, query: undefined })).toMatch(/^resolved/)
  await cluster.stop()
})

test('an init that is async fails the start, and its rejection ends nothing', async () => {
  const init = async (): Promise<never> => {
    throw new Error('not loaded')
  }
  await expect(three({ ...machine, init })).rejects.toMatchObject({
    code: 'start.failed',
    details: { reason: { code: 'consensus.bad_machine' } },
  })
})

test.each([
  ['a promise', async () => ({ state: 1, result: 1 })],
  ['a promise that is rejected', () => Promise.reject(new Error('no'))],
  ['a promise as the state', () => ({ state: Promise.resolve(1), result: 1 })],
  ['nothing', () => undefined],
  ['no state', () => ({ result: 1 })],
  ['no result', () => ({ state: 1 })],
  ['what it has inherited', () => Object.create({ state: 1, result: 1 }) as unknown],
])('an apply that gives %s ends the members as one that throws, and changes no state', async (_, apply) => {
  const { cluster, members, node, client } = await three({
    ...machine,
    apply: (state: unknown, command: string) => (command === 'bad' ? apply() : machine.apply(state, command)),
  })
  await cluster.until(client.submit(node, 'good', { timeoutMs: 20_000 }))
  const leader = members.findIndex((member) => member.status().role === 'leader')
  expect(await cluster.until(codeOf(client.submit(node, 'bad', { timeoutMs: 20_000 })))).toBe(
    'consensus.unknown_outcome',
  )
  expect(members[leader]!.state().state).toBe(1)
  expect(cluster.up[leader]!.node.isAlive(members[leader]!.pid)).toBe(false)
  const crashes = cluster.up[leader]!.reports.all.filter(({ type }) => type === 'crash')
  expect(crashes).toMatchObject([{ reason: { code: 'consensus.bad_machine' } }])
  await cluster.stop()
})

test('a query that is async fails, and its rejection ends nothing', async () => {
  const query = async (): Promise<never> => {
    throw new Error('no')
  }
  const { cluster, node, client } = await three({ ...machine, query })
  await cluster.until(client.submit(node, 'good', { timeoutMs: 20_000 }))
  expect(await cluster.until(codeOf(client.read(node, 'q')))).toBe('consensus.query_failed')
  await cluster.stop()
})
