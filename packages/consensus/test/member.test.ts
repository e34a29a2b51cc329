import {
  memberIdOf,
  nodeOfMember,
  startClient,
  startMember,
  type Configuration,
  type MemberEvent,
} from '@agner/consensus'
import type { Process } from '@agner/core'
import { sys } from '@agner/behaviours'
import { simulateCluster } from '@agner/testing'
import { expect, test } from 'vitest'
import { BankCluster, codeOf } from './bank-cluster.ts'
import { bank, bankMachine, type BankCommand, type BankResult } from './bank.ts'

const add = (to: string, by: number) => ({ type: 'add', to, by }) as const

test('three members agree, and a client of any node is answered', async () => {
  const group = await BankCluster.found({ nodes: 3, seed: 1 })
  const { cluster } = group
  const { node } = cluster.node('b')
  const client = await group.client('b')
  expect(await cluster.until(client.submit(node, add('ann', 5)))).toEqual({ type: 'ok', balance: 5 })
  expect(await cluster.until(client.submit(node, add('ann', -9)))).toEqual({ type: 'poor' })
  expect(await cluster.until(client.read(node, { of: 'ann' }))).toBe(5)
  await cluster.run(1000)
  for (const member of group.members.values()) expect(member.state().state).toEqual({ ann: 5 })
  const status = await cluster.until(client.status(node))
  expect(status).toMatchObject({ fromLeader: true, role: 'leader', sessions: 1, waiting: 0 })
  expect(status.followers.map(({ lag }) => lag)).toEqual([0, 0])
  const leader = group.members.get(await group.leader())!
  const { label } = cluster.node(await group.leader()).node.processInfo(leader.pid)!
  expect(label).toBe(`leader of bank, term ${String(status.term)}`)
  const shown = await cluster.until(sys.getStatus(node, client.pid))
  expect(shown.details.state).toMatchObject({ group: 'bank', leader: status.id, waiting: 0, underWay: 0 })
  await cluster.stop()
})

test('a client on a node without a member finds the leader by any node that it is given', async () => {
  const group = await BankCluster.found({ nodes: 3, later: ['guest'], seed: 2 })
  const { cluster } = group
  const { node } = await cluster.start('guest')
  const client = await group.client('guest', { nodes: ['c@cluster'] })
  expect(await cluster.until(client.submit(node, add('ann', 1)))).toEqual({ type: 'ok', balance: 1 })
  const local = await cluster.until(client.readLocal(node, { of: 'ann' }))
  expect(local).toMatchObject({ answer: 1, isStale: true })
  expect(client.members()).toHaveLength(3)
  await cluster.stop()
})

test('the leader dies: the others go on within a few seconds, and what was acknowledged is there', async () => {
  const group = await BankCluster.found({ nodes: 3, seed: 3 })
  const { cluster } = group
  const leader = await group.leader()
  const other = ['a', 'b', 'c'].find((name) => name !== leader)!
  const { node } = cluster.node(other)
  const client = await group.client(other)
  await cluster.until(client.submit(node, add('ann', 1)))
  for (const how of ['reset', 'silence'] as const) {
    const dead = await group.leader()
    if (dead === other) await cluster.until(client.transfer(node))
    cluster.crash(await group.leader(), how)
    const before = cluster.runtime.nowMs()
    const result = await cluster.until(client.submit(node, add('ann', 1), { timeoutMs: 20_000 }))
    expect(result).toMatchObject({ type: 'ok' })
    expect(cluster.runtime.nowMs() - before).toBeLessThan(5000)
    if (how === 'reset') {
      // A node that comes back without its log is another member.
      const back = await cluster.restart(dead === other ? 'a' : dead)
      const member = await group.join(back)
      const gone = client.members().find(({ id }) => nodeOfMember(id) === back.node.name)!
      await cluster.until(client.removeMember(node, gone.id, { timeoutMs: 20_000 }))
      await cluster.until(client.addMember(node, member.id, 'voter', { timeoutMs: 20_000 }))
      await cluster.run(2000)
      expect(member.state().state).toEqual({ ann: 2 })
    }
  }
  expect(await cluster.until(client.read(node, { of: 'ann' }))).toBe(3)
})

test('what happens is told to processes and callbacks, each command once', async () => {
  const group = await BankCluster.found({ nodes: 3, seed: 4 })
  const { cluster } = group
  const member = group.members.get('a')!
  const heard: MemberEvent<BankCommand, BankResult>[] = []
  const { node } = cluster.node('a')
  const watcher = node.spawn(async (self: Process<MemberEvent<BankCommand, BankResult>>) => {
    member.watch(self)
    for (;;) heard.push(await self.receive())
  })
  const called: string[] = []
  const stop = member.onApplied(({ type }) => void called.push(type))
  const client = await group.client('a')
  await cluster.until(client.submit(node, add('ann', 2)))
  await cluster.run(1000)
  expect(called).toEqual(['command'])
  stop()
  const applied = heard.flatMap((message) => (message.type === 'raftApplied' ? [message.event] : []))
  expect(applied.map(({ type }) => type)).toEqual(['snapshot', 'command'])
  expect(applied[1]).toMatchObject({ command: add('ann', 2), result: { balance: 2 } })
  const roles = heard.flatMap((message) => (message.type === 'raftRole' ? [message.event] : []))
  expect(roles.at(-1)!.leader).toBe(group.members.get(await group.leader())!.id)
  node.sendExit(watcher, 'kill')
  await cluster.until(client.submit(node, add('ann', 2)))
  await cluster.run(1000)
  expect(called).toEqual(['command'])
  expect(heard.filter(({ type }) => type === 'raftApplied')).toHaveLength(2)
  await cluster.stop()
})

test('a newcomer gets a snapshot where the log is gone, and the sessions with it', async () => {
  const settings = { batchEntries: 4, pipeline: 2 }
  const group = await BankCluster.found({ nodes: 3, later: ['d'], seed: 5, limits: { snapshotEntries: 20 }, settings })
  const { cluster } = group
  const { node } = cluster.node('a')
  const client = await group.client('a')
  for (let n = 0; n < 100; n++) await cluster.until(client.submit(node, add('ann', 1)))
  const newcomer = await group.join(await cluster.start('d'))
  const told: string[] = []
  newcomer.onApplied(({ type }) => void told.push(type))
  await cluster.until(client.addMember(node, newcomer.id, 'learner'))
  await cluster.run(2000)
  expect(newcomer.state().state).toEqual({ ann: 100 })
  expect(newcomer.status()).toMatchObject({ role: 'follower', sessions: 1 })
  expect(newcomer.status().snapshot).toBeGreaterThanOrEqual(80)
  expect(told[0]).toBe('snapshot')
  await cluster.until(client.addMember(node, newcomer.id, 'voter'))
  await cluster.until(client.transfer(node, newcomer.id))
  await cluster.until(client.submit(node, add('ann', 1)))
  expect(await group.leader()).toBe('d')
  await cluster.stop()
})

test('a member that is removed ends, and its group goes on', async () => {
  const group = await BankCluster.found({ nodes: 3, seed: 6 })
  const { cluster } = group
  const { node } = cluster.node('a')
  const client = await group.client('a')
  const removed = group.members.get('c')!
  const gone = cluster.node('c').node.exited(removed.pid)
  await cluster.until(client.removeMember(node, removed.id))
  expect(await cluster.until(gone)).toEqual({ shutdown: 'removed' })
  await cluster.until(client.removeMember(node, removed.id))
  expect(client.members().map(({ id }) => nodeOfMember(id))).toEqual(['a@cluster', 'b@cluster'])
  expect(await group.code(client.removeMember(node, group.members.get('b')!.id))).toMatch(/resolved/)
  expect(await group.code(client.removeMember(node, group.members.get('a')!.id))).toBe('consensus.refused_change')
  expect(await cluster.until(client.submit(node, add('ann', 1)))).toEqual({ type: 'ok', balance: 1 })
})

test('messages of a member that is no more, of other groups and of strangers are not listened to', async () => {
  const group = await BankCluster.found({ nodes: 3, seed: 7 })
  const { cluster } = group
  const leader = await group.leader()
  const { id, pid } = group.members.get(leader)!
  const before = group.members.get(leader)!.status()
  const other = group.members.get(leader === 'a' ? 'b' : 'a')!
  const stranger = cluster.node('c').node.spawn(async (self: Process<never>) => self.sleep(1e6))
  const message = { type: 'vote', pre: false, term: 99, granted: false } as const
  const node = cluster.node('c').node
  const good = { type: 'raft', about: 'bank', from: other.id, to: id, pid: other.pid, message } as const
  node.send(pid as never, { ...good, about: 'something else' } as never)
  node.send(pid as never, { ...good, to: `${nodeOfMember(id)}#1` } as never)
  node.send(pid as never, { ...good, pid: stranger } as never)
  node.send(pid as never, { ...good, from: id } as never)
  await cluster.run(1000)
  expect(group.members.get(leader)!.status()).toMatchObject({ role: 'leader', term: before.term })
  node.send(pid as never, good as never)
  await cluster.run(10)
  expect(group.members.get(leader)!.status().term).toBeGreaterThanOrEqual(99)
})

test('what is broken is refused, and reaches nobody: neither a member nor the log', async () => {
  const group = await BankCluster.found({ nodes: 3, seed: 9 })
  const { cluster } = group
  const { pid } = group.members.get(await group.leader())!
  const { node } = cluster.node('a')
  const rubbish: unknown[] = [undefined, null, 7, 'text', [], {}, { request: null }, { change: null }, { to: 7 }]
  const requests = [{ session: 'x', sequence: 0, answered: 0 }, { session: 7 }, { session: 'x', sequence: NaN }]
  for (const request of requests) rubbish.push({ command: add('ann', 1), request })
  for (const change of [
    { type: 'add', id: 'x', role: 'king' },
    { type: 'add', id: '' },
    { type: 'join', id: 'x' },
  ])
    rubbish.push({ change })
  for (const call of ['submit', 'openSession', 'closeSession', 'configure', 'transfer'])
    for (const arg of rubbish)
      if (call !== 'transfer' || !(typeof arg === 'object' && arg !== null && 'to' in arg && arg.to === null))
        expect(await group.code(node.request(pid, { call, arg }))).toBe('call.bad_argument')
  for (const type of ['raft', 'raftWatch', 'raftTime'])
    for (const part of rubbish) node.send(pid as never, { type, ...(part as object), message: part } as never)
  for (const message of rubbish)
    node.send(pid as never, { type: 'raft', about: 'bank', from: 'x', to: 'y', pid: null, message } as never)
  await cluster.run(2000)
  for (const { reports } of cluster.up) expect(reports.crashes).toEqual([])
  const client = await group.client('a')
  expect(await cluster.until(client.submit(node, add('ann', 1)))).toEqual({ type: 'ok', balance: 1 })
  await cluster.stop()
})

test('a machine that throws ends every member that gets there, with a report', async () => {
  const cluster = await simulateCluster({ nodes: 3, seed: 10, trace: false })
  const founders: Configuration = cluster.up.map(({ node }) => ({ id: memberIdOf(node, 'memory'), role: 'voter' }))
  const machine: typeof bankMachine = {
    ...bankMachine,
    apply: (state, command, at) => {
      if (command.to === 'nobody') throw new Error('there is no such account')
      return bankMachine.apply(state, command, at)
    },
  }
  for (const { node } of cluster.up) await cluster.until(startMember(node, bank, { machine, founders }))
  const { node } = cluster.node('a')
  const client = await cluster.until(startClient(node, bank))
  await cluster.until(client.submit(node, add('ann', 1)))
  const outcome = await cluster.until(codeOf(client.submit(node, add('nobody', 1), { timeoutMs: 20_000 })))
  expect(outcome).toBe('consensus.unknown_outcome')
  const crashes = cluster.up.flatMap(({ reports }) => reports.crashes.map(({ reason }) => reason))
  // The last one does not hear that it is committed: there is no majority left to say so.
  expect(crashes).toHaveLength(2)
  for (const reason of crashes) expect(reason).toMatchObject({ message: 'there is no such account' })
  await cluster.stop()
})

test('what cannot work is refused at once', async () => {
  const group = await BankCluster.found({ nodes: 3, later: ['d'], seed: 8 })
  const { cluster } = group
  const founders = [{ id: memberIdOf(cluster.node('a').node, 'memory'), role: 'voter' }] as const
  const { node } = await cluster.start('d')
  expect(await group.code(startMember(node, bank, { machine: bankMachine, founders }))).toBe('consensus.not_a_founder')
  const limits = { sessions: 0 }
  expect(await group.code(startMember(node, bank, { machine: bankMachine, limits }))).toBe('consensus.bad_option')
  const again = startMember(cluster.node('a').node, bank, { machine: bankMachine })
  expect(await group.code(again)).toBe('start.already_started')
  await cluster.stop()
})
