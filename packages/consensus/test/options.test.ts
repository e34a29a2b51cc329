/** What nobody could make sense of is refused when it is given, and ends nothing. */
import { call } from '@agner/behaviours'
import { memberIdOf, MemoryStorage, startClient, startMember, type Configuration } from '@agner/consensus'
import { simulateCluster } from '@agner/testing'
import { expect, test } from 'vitest'
import { clientProtocol } from '../src/client/client.api.ts'
import { BankCluster, codeOf } from './bank-cluster.ts'
import { bank, bankMachine } from './bank.ts'

const add = (by: number) => ({ type: 'add', to: 'ann', by }) as const

test('founders that are no configuration, and settings that cannot be, are refused before anything is saved', async () => {
  const cluster = await simulateCluster({ nodes: 1, seed: 1, trace: false })
  const { node } = cluster.node('a')
  const id = memberIdOf(node, 'memory')
  const start = (options: object): Promise<string> =>
    cluster.until(codeOf(startMember(node, bank, { machine: bankMachine, ...options })))
  const voter = { id, role: 'voter' } as const
  const wrong: readonly unknown[] = [
    // The second one would be its own majority.
    [voter, voter, { id: 'c@cluster#7', role: 'voter' }],
    [voter, { id: 'c@cluster#7', role: 'boss' }],
    [voter, { id: '', role: 'voter' }],
    [voter, null],
    [{ id, role: 'witness' }],
    'everybody',
  ]
  for (const founders of wrong)
    expect([founders, await start({ founders })]).toEqual([founders, 'consensus.bad_option'])
  expect(await start({ founders: [] })).toBe('consensus.not_a_founder')
  const founders: Configuration = [voter]
  for (const settings of [{ heartbeatMs: NaN }, { electionTimeoutMs: 100 }, { pipeline: '8' }, { batchBytes: 0 }])
    expect([settings, await start({ founders, settings })]).toEqual([settings, 'consensus.bad_option'])
  // Nothing has run yet that could have forgotten.
  expect(await start({ founders })).toMatch(/^resolved/)
  await cluster.stop()
})

test('a time that is none is refused, and the client goes on for all others', async () => {
  const group = await BankCluster.found({ nodes: 3, seed: 2 })
  const { cluster } = group
  const leader = await group.leader()
  const { node } = cluster.node(leader)
  const client = await group.client(leader)
  await cluster.until(client.submit(node, add(0)))
  const id = memberIdOf(node, 'memory')
  for (const timeoutMs of [NaN, -1, '5000' as never, null as never]) {
    const asked = { timeoutMs }
    const other = client.submit(node, add(1))
    const all = [
      client.submit(node, add(1000), asked),
      client.read(node, { of: 'ann' }, asked),
      client.readLocal(node, { of: 'ann' }, asked),
      client.status(node, asked),
      client.addMember(node, id, 'voter', asked),
      client.removeMember(node, id, asked),
      client.transfer(node, null, asked),
      startClient(node, bank, asked),
    ]
    const codes = await cluster.until(Promise.all(all.map(codeOf)))
    expect(codes).toEqual(all.map(() => 'consensus.bad_option'))
    expect(await cluster.until(other)).toMatchObject({ type: 'ok' })
  }
  for (const timeoutMs of [Infinity, 1e300, Number.MAX_SAFE_INTEGER])
    expect(await cluster.until(client.submit(node, add(1), { timeoutMs }))).toMatchObject({ type: 'ok' })
  expect(await cluster.until(client.read(node, { of: 'ann' }))).toBe(7)
  expect(await group.code(client.read(node, { of: 'ann' }, { timeoutMs: 0 }))).toBe('consensus.unavailable')
  await cluster.stop()
})

test('a change that makes no sense is refused at once, and one of a role that cannot be is no success', async () => {
  const group = await BankCluster.found({ nodes: 3, seed: 3 })
  const { cluster } = group
  const { node } = cluster.node('a')
  const client = await group.client('a')
  await cluster.until(client.submit(node, add(1)))
  const fromMs = cluster.runtime.nowMs()
  for (const id of ['', 'x'.repeat(1025), 7 as never, undefined as never]) {
    expect(await group.code(client.addMember(node, id))).toBe('consensus.bad_option')
    expect(await group.code(client.removeMember(node, id))).toBe('consensus.bad_option')
    if (id !== undefined) expect(await group.code(client.transfer(node, id))).toBe('consensus.bad_option')
  }
  expect(await group.code(client.addMember(node, 'x@cluster#1', 'votr' as never))).toBe('consensus.bad_option')
  const voter = group.members.get('b')!.id
  expect(await group.code(client.addMember(node, voter, 'witness'))).toBe('consensus.refused_change')
  expect(await group.code(client.addMember(node, voter, 'voter'))).toMatch(/^resolved/)
  expect(cluster.runtime.nowMs() - fromMs).toBeLessThan(1000)
  const { members } = await cluster.until(client.status(node))
  expect(members.map(({ role }) => role)).toEqual(['voter', 'voter', 'voter'])
  await cluster.stop()
})

test('what the members do not take is not sent again; a full client says of how many', async () => {
  const group = await BankCluster.found({ nodes: 3, seed: 4 })
  const { cluster } = group
  const { node } = cluster.node('a')
  const client = await group.client('a', { limits: { waiting: 1, underWay: 1 } })
  await cluster.until(client.submit(node, add(1)))
  const fromMs = cluster.runtime.nowMs()
  // As a client of another version might ask.
  const change = { type: 'add', id: 'x@cluster#1', role: 'observer' }
  const asked = call(node, clientProtocol.at(client.pid), 'ask', {
    call: 'configure',
    payload: { change },
    timeoutMs: 20_000,
  })
  expect(await cluster.until(asked)).toMatchObject({ type: 'failed', code: 'consensus.bad_argument' })
  expect(cluster.runtime.nowMs() - fromMs).toBeLessThan(1000)
  const many = Array.from({ length: 5 }, () => client.submit(node, add(1)).then(String, String))
  const said = (await cluster.until(Promise.all(many))).filter((text) => text.includes('Await some'))
  expect(said.length).toBeGreaterThan(0)
  for (const text of said) expect(text).toContain('1 requests of this client wait already')
  await cluster.stop()
})

test('a mistyped voter of a group of one is refused when the time is up, and the group goes on', async () => {
  const cluster = await simulateCluster({ nodes: ['a', 'b'], seed: 5, trace: false })
  const { node } = cluster.node('a')
  const founders: Configuration = [{ id: memberIdOf(node, 'memory'), role: 'voter' }]
  await cluster.until(startMember(node, bank, { machine: bankMachine, founders }))
  const client = await cluster.until(startClient(node, bank))
  await cluster.until(client.submit(node, add(1)))
  for (const role of ['voter', 'witness'] as const) {
    const added = client.addMember(node, 'bb@cluster#1', role, { timeoutMs: 3000 })
    await expect(cluster.until(added)).rejects.toMatchObject({
      code: 'consensus.unheard_voter',
      message: expect.stringMatching(/bb@cluster#1 .* bank within 3000 ms.*learner first/) as string,
    })
  }
  expect(await cluster.until(client.submit(node, add(1)))).toEqual({ type: 'ok', balance: 2 })
  // One that is there is made a voter as soon as it has answered.
  const { id } = await cluster.until(startMember(cluster.node('b').node, bank, { machine: bankMachine }))
  await cluster.until(client.addMember(node, id, 'learner'))
  await cluster.until(client.addMember(node, id))
  const { members } = await cluster.until(client.status(node))
  expect(members.map(({ role }) => role)).toEqual(['voter', 'voter'])
  await cluster.stop()
})

test('who cannot lead is named', async () => {
  const group = await BankCluster.found({ nodes: 3, seed: 6 })
  const client = await group.client('a')
  const { node } = group.cluster.node('a')
  await group.cluster.until(client.submit(node, add(1)))
  await expect(group.cluster.until(client.transfer(node, 'x@cluster#1'))).rejects.toMatchObject({
    code: 'consensus.refused_transfer',
    message: expect.stringContaining(
      'The leadership of bank was not handed over: x@cluster#1 is no voter of it.',
    ) as string,
  })
  await group.cluster.stop()
})

test('a life is of members in memory: with storage, which has one id in every life, it is refused', async () => {
  const cluster = await simulateCluster({ nodes: 1, seed: 7, trace: false })
  const { node } = cluster.node('a')
  const start = (options: object): Promise<string> =>
    cluster.until(codeOf(startMember(node, bank, { machine: bankMachine, ...options })))
  expect(await start({ life: 1, storage: new MemoryStorage() })).toBe('consensus.bad_option')
  expect(await start({ life: 0, storage: new MemoryStorage() })).toMatch(/^resolved/)
  await cluster.stop()
})

test('nodes that are none are refused by a client before it asks them', async () => {
  const group = await BankCluster.found({ nodes: 1, seed: 9 })
  const { node } = group.cluster.node('a')
  const wrong = [[undefined], [null], [5], [{}], [''], ['a'], ['@cluster'], 'a@cluster', null, 5, {}, Array(1)]
  for (const nodes of wrong)
    expect([nodes, await group.code(startClient(node, bank, { nodes: nodes as never }))]).toEqual([
      nodes,
      'consensus.bad_option',
    ])
  const client = await group.client('a', { nodes: ['a@cluster', 'nobody@cluster'] })
  expect(await group.cluster.until(client.submit(node, add(1), { timeoutMs: 20_000 }))).toMatchObject({ type: 'ok' })
  await group.cluster.stop()
})
