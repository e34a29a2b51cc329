/** What is asked of a group of leases is looked at by its members: it ends none of them, whatever it is. */
import { checkFence, MemoryStorage, startClient, startLeaseMember } from '@agner/consensus'
import { simulateCluster } from '@agner/testing'
import { expect, test } from 'vitest'
import { leaseMachine, longestMs, type LeaseCommand } from '../src/lease/machine.ts'
import { LeaseCluster, leases } from './lease-cluster.ts'

const acquire = { type: 'acquire', name: 'x', holder: 'me', durationMs: 1000 } as const

test('what is no token lets nobody through', () => {
  for (const wrong of [NaN, -1, 0.5, Infinity, 2 ** 53, '8' as never, null as never, undefined as never, 8n as never]) {
    expect(() => checkFence(7, wrong)).toThrow(expect.objectContaining({ code: 'consensus.bad_option' }))
    expect(() => checkFence(wrong, 7)).toThrow(expect.objectContaining({ code: 'consensus.bad_option' }))
  }
  expect(checkFence(0, 0)).toBe(0)
  expect(checkFence(7, 8)).toBe(8)
  expect(() => checkFence(8, 7)).toThrow(expect.objectContaining({ code: 'consensus.fenced' }))
})

test('terms that cannot be are refused by the machine, and so is what is no command', () => {
  const { init, apply, query } = leaseMachine
  const before = apply(init(), acquire, { index: 1 }).state
  const wrong: readonly unknown[] = [
    ...[Infinity, 1e300, NaN, 0, 99, -1, '1000', undefined].map((durationMs) => ({
      ...acquire,
      name: 'y',
      durationMs,
    })),
    { ...acquire, name: '' },
    { ...acquire, name: 7 },
    { ...acquire, name: 'y', holder: null },
    { type: 'renew', name: 'x', token: NaN },
    { type: 'release', name: 'x' },
    { type: 'expire', name: 'x', token: 1 },
    { type: 'steal', name: 'x', token: 1 },
    null,
    undefined,
    'acquire',
  ]
  for (const command of wrong)
    expect([command, apply(before, command as LeaseCommand, { index: 2 })]).toEqual([
      command,
      { state: before, result: { type: 'refused' } },
    ])
  for (const asked of [null, undefined, 'all']) expect(query!(before, asked as never)).toEqual([])
  const longest = apply(before, { ...acquire, name: 'y', durationMs: longestMs }, { index: 2 })
  expect(longest.result).toMatchObject({ type: 'granted' })
})

test('a client that says anything ends neither members nor keepers', async () => {
  const all = await LeaseCluster.start({ nodes: 3, seed: 1 })
  const { cluster } = all
  const client = all.clients.get('a')!
  const { node } = cluster.node('a')
  for (const durationMs of [Infinity, 1e300, NaN])
    expect(await cluster.until(client.submit(node, { ...acquire, durationMs }, { timeoutMs: 10_000 }))).toEqual({
      type: 'refused',
    })
  expect(await cluster.until(client.submit(node, null as never, { timeoutMs: 10_000 }))).toEqual({ type: 'refused' })
  expect(await cluster.until(client.submit(node, acquire))).toMatchObject({ type: 'granted' })
  await cluster.run(2000)
  expect(await cluster.until(client.read(node, { all: true }))).toEqual([])
  for (const { reports } of cluster.up) expect(reports.crashes).toEqual([])
  await cluster.stop()
})

test('leases that an earlier version gave for ever, or for no time, end none of them either', async () => {
  const cluster = await simulateCluster({ nodes: 1, seed: 2, trace: false })
  const { node } = cluster.node('a')
  const lease = { name: 'x', holder: 'me', token: 1, durationMs: Infinity, renewals: 0 }
  const state = new Map(
    [Infinity, 1e300, NaN, -1].map((durationMs, n) => [`${n}`, { ...lease, name: `${n}`, durationMs }]),
  )
  const storage = new MemoryStorage()
  await storage.save({
    index: 1,
    term: 1,
    configuration: [{ id: node.name, role: 'voter' }],
    state: { machine: leaseMachine.name, state, sessions: [] },
  })
  const member = await cluster.until(startLeaseMember(node, leases, { storage }))
  await cluster.run(10_000)
  expect(member.status().role).toBe('leader')
  const client = await cluster.until(startClient(node, leases))
  const left = await cluster.until(client.read(node, { all: true }))
  expect(left.map(({ name }) => name).toSorted()).toEqual(['0', '1'])
  expect(cluster.up[0]!.reports.crashes).toEqual([])
  await cluster.stop()
})
