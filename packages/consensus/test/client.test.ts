import { startClient } from '@agner/consensus'
import type { Process } from '@agner/core'
import { expect, test } from 'vitest'
import { BankCluster, codeOf } from './bank-cluster.ts'
import { bank } from './bank.ts'

const add = (to: string, by: number) => ({ type: 'add', to, by }) as const
const founders = ['a', 'b', 'c']

/** Members on a, b and c, and a client on d, which has none. */
async function withGuest(seed: number, options: Parameters<BankCluster['client']>[1] = {}) {
  const group = await BankCluster.found({ nodes: founders, later: ['d'], seed })
  const { node } = await group.cluster.start('d')
  const client = await group.client('d', { nodes: founders.map((name) => `${name}@cluster`), ...options })
  return { group, cluster: group.cluster, node, client }
}

test('an answer that is lost is asked for again, and the command is applied once', async () => {
  const { group, cluster, node, client } = await withGuest(11)
  await cluster.until(client.submit(node, add('ann', 1)))
  for (let n = 0; n < 5; n++) {
    const leader = await group.leader()
    // The command arrives; the answer does not, and then the connection is lost.
    cluster.cutOneWay(leader, 'd')
    const asked = client.submit(node, add('ann', 1), { timeoutMs: 30_000 })
    await cluster.run(100)
    cluster.drop(leader, 'd')
    await cluster.run(300)
    cluster.heal()
    expect(await cluster.until(asked)).toEqual({ type: 'ok', balance: n + 2 })
  }
  expect(await cluster.until(client.read(node, { of: 'ann' }))).toBe(6)
  await cluster.stop()
})

test('a leader that is lost with the command in its log: another gives the result of the first time', async () => {
  const { group, cluster, node, client } = await withGuest(12)
  await cluster.until(client.submit(node, add('ann', 1)))
  const leader = await group.leader()
  cluster.cutOneWay(leader, 'd')
  const asked = client.submit(node, add('ann', 1), { timeoutMs: 30_000 })
  await cluster.run(100)
  for (const member of group.members.values()) expect(member.state().state).toEqual({ ann: 2 })
  cluster.crash(leader)
  expect(await cluster.until(asked)).toEqual({ type: 'ok', balance: 2 })
  expect(await cluster.until(client.read(node, { of: 'ann' }, { timeoutMs: 30_000 }))).toBe(2)
})

test('who cannot tell says so: unknown when it may have come, unavailable when it cannot', async () => {
  const { group, cluster, node, client } = await withGuest(13)
  await cluster.until(client.submit(node, add('ann', 1)))
  const leader = await group.leader()
  cluster.cutOneWay(leader, 'd')
  expect(await group.code(client.submit(node, add('ann', 1), { timeoutMs: 500 }))).toBe('consensus.unknown_outcome')
  cluster.heal()
  expect(await cluster.until(client.read(node, { of: 'ann' }, { timeoutMs: 20_000 }))).toBe(2)
  // A client that never had a session has sent nothing.
  const other = await group.client('d', { nodes: ['a@cluster'] })
  cluster.partition(['d'], founders)
  expect(await group.code(other.submit(node, add('ann', 1), { timeoutMs: 500 }))).toBe('consensus.unavailable')
  expect(await group.code(other.read(node, { of: 'ann' }, { timeoutMs: 500 }))).toBe('consensus.unavailable')
  cluster.heal()
  expect(await cluster.until(client.read(node, { of: 'ann' }, { timeoutMs: 20_000 }))).toBe(2)
})

test('a minority answers nobody', async () => {
  const group = await BankCluster.found({ nodes: 5, seed: 14 })
  const { cluster } = group
  const client = await group.client('a')
  const { node } = cluster.node('a')
  await cluster.until(client.submit(node, add('ann', 1)))
  cluster.partition(['a', 'b'], ['c', 'd', 'e'])
  expect(await group.code(client.submit(node, add('ann', 1), { timeoutMs: 4000 }))).toMatch(
    /^consensus\.(unavailable|unknown_outcome)$/,
  )
  expect(await group.code(client.read(node, { of: 'ann' }, { timeoutMs: 4000 }))).toBe('consensus.unavailable')
  // It may be asked what it has.
  expect(await cluster.until(client.readLocal(node, { of: 'ann' }))).toMatchObject({ answer: 1, isStale: true })
  expect(await cluster.until(client.status(node))).toMatchObject({ fromLeader: false })
  const there = await group.client('c')
  const majority = cluster.node('c').node
  await cluster.until(there.submit(majority, add('ann', 1), { timeoutMs: 20_000 }))
  cluster.heal()
  const now = await cluster.until(client.read(node, { of: 'ann' }, { timeoutMs: 20_000 }))
  expect([2, 3]).toContain(now)
})

test('a session that the group has dropped is opened anew, and nothing is applied twice', async () => {
  const group = await BankCluster.found({ nodes: 3, seed: 15, limits: { sessions: 2 } })
  const { cluster } = group
  const { node } = cluster.node('a')
  const clients = [await group.client('a'), await group.client('a'), await group.client('a')]
  for (let n = 1; n <= 12; n++)
    expect(await cluster.until(clients[n % 3]!.submit(node, add('ann', 1)))).toEqual({ type: 'ok', balance: n })
  expect((await cluster.until(clients[0]!.status(node))).sessions).toBe(2)
  for (const client of clients) await cluster.until(client.stop())
  await cluster.run(100)
  expect(group.members.get(await group.leader())!.status().sessions).toBeLessThanOrEqual(1)
  expect(await group.code(clients[0]!.submit(node, add('ann', 1)))).toBe('consensus.unavailable')
  await cluster.stop()
})

test('more than may be under way waits, more than may wait is refused, and those whose asker died are done all the same', async () => {
  const { cluster, node, client } = await withGuest(16, { limits: { underWay: 2, waiting: 20 } })
  await cluster.until(client.submit(node, add('ann', 0)))
  const asked = Array.from({ length: 30 }, () => codeOf(client.submit(node, add('ann', 1))))
  const codes = await cluster.until(Promise.all(asked))
  const refused = codes.filter((code) => code === 'consensus.client_full').length
  expect(refused).toBeGreaterThan(0)
  expect(await cluster.until(client.read(node, { of: 'ann' }))).toBe(30 - refused)
  const asker = node.spawn(async (self: Process<never>) => {
    await self.wait(client.submit(self, add('bob', 1)))
  })
  await cluster.run(1)
  node.sendExit(asker, 'kill')
  await cluster.until(client.submit(node, add('bob', 1)))
  expect(await cluster.until(client.read(node, { of: 'bob' }))).toBe(2)
  await cluster.stop()
})

test('many askers of many nodes at once: each gets a result of its own', async () => {
  const group = await BankCluster.found({ nodes: 3, seed: 17 })
  const { cluster } = group
  const balances: number[] = []
  const each = founders.map(async (name) => {
    const { node } = cluster.node(name)
    const client = await startClient(node, bank)
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        const result = await client.submit(node, add('ann', 1), { timeoutMs: 20_000 })
        if (result.type === 'ok') balances.push(result.balance)
      }),
    )
  })
  await cluster.until(Promise.all(each))
  expect(balances.sort((a, b) => a - b)).toEqual(Array.from({ length: 600 }, (_, index) => index + 1))
  await cluster.stop()
})

test('a leader without its majority takes so many commands and refuses the rest, which are not applied', async () => {
  const group = await BankCluster.found({ nodes: 3, seed: 18, settings: { uncommittedEntries: 4 } })
  const { cluster } = group
  const leader = await group.leader()
  const { node } = cluster.node(leader)
  const client = await group.client(leader)
  await cluster.until(client.submit(node, add('ann', 1)))
  for (const other of founders) if (other !== leader) cluster.cut(leader, other)
  const asked = Array.from({ length: 10 }, () => codeOf(client.submit(node, add('ann', 1), { timeoutMs: 300 })))
  const codes = await cluster.until(Promise.all(asked))
  expect(codes.filter((code) => code === 'consensus.unknown_outcome')).toHaveLength(4)
  expect(codes.filter((code) => code === 'consensus.busy')).toHaveLength(6)
  cluster.heal()
  await cluster.run(3000)
  const balance = await cluster.until(client.read(node, { of: 'ann' }, { timeoutMs: 20_000 }))
  expect(balance).toBeGreaterThanOrEqual(1)
  expect(balance).toBeLessThanOrEqual(5)
  await cluster.stop()
})

test('two changes of members at once: the second waits for the first', async () => {
  const group = await BankCluster.found({ nodes: 3, later: ['d', 'e'], seed: 19 })
  const { cluster } = group
  const client = await group.client('a')
  const { node } = cluster.node('a')
  const newcomers = []
  for (const name of ['d', 'e']) newcomers.push(await group.join(await cluster.start(name)))
  const options = { timeoutMs: 20_000 }
  await cluster.until(Promise.all(newcomers.map(({ id }) => client.addMember(node, id, 'learner', options))))
  await cluster.until(Promise.all(newcomers.map(({ id }) => client.addMember(node, id, 'voter', options))))
  // What holds already is as good as done.
  await cluster.until(client.addMember(node, newcomers[0]!.id, 'voter', options))
  const { members } = await cluster.until(client.status(node))
  expect(members.map(({ role }) => role)).toEqual(Array.from({ length: 5 }, () => 'voter'))
  await cluster.stop()
})

test('a leader that does not know yet that it was replaced answers no read with what was', async () => {
  for (let seed = 20; seed < 22; seed++) {
    const { group, cluster, node, client } = await withGuest(seed, { limits: { attemptMs: 20_000 } })
    await cluster.until(client.submit(node, add('ann', 1)))
    const leader = await group.leader()
    const other = founders.find((name) => name !== leader)!
    const there = await group.client(other)
    await cluster.until(there.read(cluster.node(other).node, { of: 'ann' }))
    cluster.hold(leader, 6000)
    await cluster.run(10)
    await cluster.until(there.submit(cluster.node(other).node, add('ann', 1), { timeoutMs: 5900 }))
    // It goes to the one whose thread is held, and which takes itself for the leader when it goes on.
    expect(group.members.get(leader)!.status().role).toBe('leader')
    expect(await cluster.until(client.read(node, { of: 'ann' }, { timeoutMs: 20_000 }))).toBe(2)
    await cluster.stop()
  }
})
