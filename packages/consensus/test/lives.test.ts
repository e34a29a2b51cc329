/** A member that has forgotten what it promised must not come back as who it was. */
import { startSupervisor, type ChildSpec } from '@agner/behaviours'
import { memberIdOf, MemoryStorage, raftGroup, startMember, type Configuration } from '@agner/consensus'
import { simulateCluster } from '@agner/testing'
import { expect, test } from 'vitest'
import { BankCluster, codeOf } from './bank-cluster.ts'
import { bank, bankMachine } from './bank.ts'

const add = (by: number) => ({ type: 'add', to: 'ann', by }) as const
const long = { timeoutMs: 20_000 }

test('a member in memory that has ended is refused under its id, and what was acknowledged is not lost', async () => {
  const group = await BankCluster.found({ nodes: 3, seed: 1 })
  const { cluster } = group
  const founders: Configuration = cluster.up.map(({ node }) => ({ id: memberIdOf(node, 'memory'), role: 'voter' }))
  const leader = await group.leader()
  const [forgets, lags] = cluster.names.filter((name) => name !== leader) as [string, string]
  const { node } = cluster.node(forgets)
  const client = await group.client(leader)
  await cluster.until(client.submit(cluster.node(leader).node, add(1)))
  await cluster.run(500)
  cluster.partition([lags], [leader, forgets])
  await cluster.until(client.submit(cluster.node(leader).node, add(1000), long))
  node.sendExit(group.members.get(forgets)!.pid, 'kill')
  await cluster.run(5)
  expect(await group.code(startMember(node, bank, { machine: bankMachine, founders }))).toBe('consensus.forgotten')
  expect(await group.code(startMember(node, bank, { machine: bankMachine }))).toBe('consensus.forgotten')
  // Two that know nothing of it would be a majority.
  cluster.crash(leader)
  cluster.heal()
  const there = await group.client(lags)
  const asked = there.read(cluster.node(lags).node, { of: 'ann' }, long)
  expect(await group.code(asked)).toBe('consensus.unavailable')
})

test('the next life is another member, which founds nothing and is added in the place of the one before', async () => {
  const group = await BankCluster.found({ nodes: 3, seed: 2 })
  const { cluster } = group
  const { node } = cluster.node('c')
  const client = await group.client('a')
  const asker = cluster.node('a').node
  await cluster.until(client.submit(asker, add(1), long))
  const before = group.members.get('c')!
  const founders: Configuration = cluster.up.map((one) => ({ id: memberIdOf(one.node, 'memory', 1), role: 'voter' }))
  for (let life = 1; life <= 2; life++) {
    const options = { machine: bankMachine, life }
    // While the one before runs, nothing has been forgotten.
    if (life === 1) {
      expect(await group.code(startMember(node, bank, options))).toBe('start.already_started')
      await cluster.until(before.stop())
    } else {
      node.sendExit(node.whereis('@agner/consensus/bank')!, 'kill')
      await cluster.run(5)
      expect(await group.code(startMember(node, bank, { machine: bankMachine, life: 1 }))).toBe('consensus.forgotten')
    }
    expect(await group.code(startMember(node, bank, { ...options, founders }))).toMatch(
      /^consensus\.(later_life|not_a_founder)$/,
    )
    const member = await cluster.until(startMember(node, bank, options))
    expect(member.id).toBe(memberIdOf(node, 'memory', life))
    await cluster.until(client.removeMember(asker, memberIdOf(node, 'memory', life - 1), long))
    await cluster.until(client.addMember(asker, member.id, 'voter', long))
    await cluster.run(2000)
    expect(member.state().state).toEqual({ ann: 1 })
  }
  // Groups do not mind each other.
  const other = raftGroup<never, never>('other')
  const machine = { name: 'other', init: () => null, apply: (state: null) => ({ state, result: null as never }) }
  const alone: Configuration = [{ id: memberIdOf(node, 'memory'), role: 'voter' }]
  await cluster.until(startMember(node, other, { machine, founders: alone }))
  await cluster.stop()
})

test('a supervisor is told so, too; storage that is handed over again has forgotten nothing', async () => {
  const cluster = await simulateCluster({ nodes: 1, seed: 3, trace: false })
  const { node } = cluster.node('a')
  const codes: string[] = []
  const id = memberIdOf(node, 'memory')
  const member: ChildSpec = {
    id: 'member',
    restart: 'transient',
    start: async (supervisor) => {
      const started = startMember(supervisor, bank, { machine: bankMachine, founders: [{ id, role: 'voter' }] })
      codes.push(await codeOf(started.then(() => 'started')))
      return (await started).pid
    },
  }
  const supervisor = await cluster.until(startSupervisor(node, { children: [member], intensity: 3 }))
  const ended = node.exited(supervisor)
  node.sendExit(node.whereis('@agner/consensus/bank')!, 'kill')
  await cluster.until(ended)
  expect(codes[0]).toMatch(/^resolved/)
  expect(new Set(codes.slice(1))).toEqual(new Set(['consensus.forgotten']))
  const storage = new MemoryStorage()
  const founders: Configuration = [{ id: node.name, role: 'voter' }]
  for (let n = 1; n <= 3; n++) {
    const again = await cluster.until(startMember(node, bank, { machine: bankMachine, storage, founders }))
    expect(again.id).toBe(node.name)
    await cluster.run(3000)
    again.proposeHere(add(1))
    await cluster.run(100)
    expect(again.state().state).toEqual({ ann: n })
    await cluster.until(again.stop())
  }
  const empty = startMember(node, bank, { machine: bankMachine, storage: new MemoryStorage(), founders })
  expect(await cluster.until(codeOf(empty))).toBe('consensus.forgotten')
  for (const life of [-1, 0.5, NaN, '1' as never])
    expect(await cluster.until(codeOf(startMember(node, bank, { machine: bankMachine, life })))).toBe(
      'consensus.bad_option',
    )
  await cluster.stop()
})

test('who is refused is told what to do', async () => {
  const cluster = await simulateCluster({ nodes: 1, seed: 4, trace: false })
  const { node } = cluster.node('a')
  const founders: Configuration = [{ id: memberIdOf(node, 'memory'), role: 'voter' }]
  const member = await cluster.until(startMember(node, bank, { machine: bankMachine, founders }))
  await cluster.until(member.stop())
  const first = startMember(node, bank, { machine: bankMachine, founders })
  await expect(cluster.until(first)).rejects.toThrow(/next life .*without founders, remove .*segmentStorage/)
  const own: Configuration = [{ id: memberIdOf(node, 'memory', 1), role: 'voter' }]
  const later = startMember(node, bank, { machine: bankMachine, founders: own, life: 1 })
  await expect(cluster.until(later)).rejects.toMatchObject({ code: 'consensus.later_life' })
  await cluster.stop()
})

test('one whose machine fails as it begins has promised nothing, and may be started again', async () => {
  const cluster = await simulateCluster({ nodes: 1, seed: 4, trace: false })
  const { node } = cluster.node('a')
  const founders: Configuration = [{ id: memberIdOf(node, 'memory'), role: 'voter' }]
  let isReady = false
  const machine: typeof bankMachine = {
    ...bankMachine,
    init: () => {
      if (isReady) return {}
      throw new Error('not loaded yet')
    },
  }
  const start = () => startMember(node, bank, { machine, founders })
  for (let i = 0; i < 2; i++) expect(await cluster.until(codeOf(start()))).toBe('start.failed')
  isReady = true
  const member = await cluster.until(start())
  await cluster.until(member.stop())
  expect(await cluster.until(codeOf(start()))).toBe('consensus.forgotten')
  await cluster.stop()
})
