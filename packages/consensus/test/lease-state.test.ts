/** Leases as a value: against a Map, and how much of it a renewal copies. */
import { memberIdOf, segmentStorage, startClient, startLeaseMember } from '@agner/consensus'
import { simulateCluster } from '@agner/testing'
import fc from 'fast-check'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  allLeases,
  asLeases,
  leaseOf,
  noLeases,
  withLease,
  withoutLease,
  type LeaseState,
} from '../src/lease/leases.ts'
import { leaseLimit, leaseMachine, type Lease, type LeaseCommand } from '../src/lease/machine.ts'
import { leases } from './lease-cluster.ts'

const leaseNamed = (name: string, token: number): Lease => ({
  name,
  holder: 'me',
  token,
  durationMs: 1000,
  renewals: 0,
})
const byToken = (leases: readonly Lease[]): readonly Lease[] => leases.toSorted((a, b) => a.token - b.token)

test('is what a Map would be, and what was before stays as it was', () => {
  const step = fc.record({
    name: fc.oneof(fc.constantFrom('a', 'b', '__proto__', '🔒'), fc.string()),
    gone: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const map = new Map<string, Lease>()
      let state = noLeases
      const history: [LeaseState, readonly Lease[]][] = []
      for (const [token, { name, gone }] of steps.entries()) {
        if (gone) map.delete(name)
        else map.set(name, leaseNamed(name, token))
        state = gone ? withoutLease(state, name) : withLease(state, leaseNamed(name, token))
        expect(state.count).toBe(map.size)
        expect(leaseOf(state, name)).toEqual(map.get(name))
        history.push([state, byToken([...map.values()])])
      }
      for (const [then, leases] of history) expect(byToken(allLeases(then))).toEqual(leases)
      expect(byToken(allLeases(asLeases(map)))).toEqual(byToken(allLeases(state)))
      expect(asLeases(map).count).toBe(map.size)
    }),
  )
  expect(allLeases(noLeases)).toEqual([])
})

test('a renewal among as many as there may be copies few of them', () => {
  let state = leaseMachine.init()
  let index = 0
  const say = (command: LeaseCommand): string => {
    const applied = leaseMachine.apply(state, command, { index: ++index })
    ;({ state } = applied)
    return applied.result.type
  }
  const acquire = (n: number): LeaseCommand => ({ type: 'acquire', name: `lease ${n}`, holder: 'me', durationMs: 1000 })
  for (let n = 0; n < leaseLimit; n++) expect(say(acquire(n))).toBe('granted')
  expect(say(acquire(leaseLimit))).toBe('full')
  const before = state
  expect(say({ type: 'renew', name: 'lease 5000', token: 5001 })).toBe('renewed')
  const copied = state.buckets.filter((bucket, at) => bucket !== before.buckets[at])
  expect(copied).toHaveLength(1)
  for (const bucket of state.buckets) expect(bucket.size).toBeLessThan(64)
  expect(leaseOf(before, 'lease 5000')).toMatchObject({ renewals: 0 })
  expect(leaseOf(state, 'lease 5000')).toMatchObject({ renewals: 1 })
})

test('a snapshot of an earlier version is one Map, and goes on', () => {
  const old = new Map([['x', leaseNamed('x', 3)]]) as unknown as LeaseState
  expect(leaseMachine.query!(old, { name: 'x' })).toEqual([leaseNamed('x', 3)])
  expect(leaseMachine.query!(old, { all: true })).toEqual([leaseNamed('x', 3)])
  const renewed = leaseMachine.apply(old, { type: 'renew', name: 'x', token: 3 }, { index: 9 })
  expect(renewed.result).toMatchObject({ type: 'renewed', lease: { renewals: 1 } })
  const released = leaseMachine.apply(renewed.state, { type: 'release', name: 'x', token: 3 }, { index: 10 })
  expect(released.state).toEqual(noLeases)
})

test('goes to a newcomer in a snapshot, and to disk and back', async () => {
  const cluster = await simulateCluster({ nodes: 1, later: ['b'], seed: 1, trace: false })
  const { node } = cluster.node('a')
  const limits = { snapshotEntries: 10 }
  // One batch is all that stays of what a snapshot stands for.
  const settings = { batchEntries: 1, pipeline: 1 }
  const founders = [{ id: memberIdOf(node, 'memory'), role: 'voter' }] as const
  await cluster.until(startLeaseMember(node, leases, { founders, limits, settings }))
  const client = await cluster.until(startClient(node, leases))
  const names = Array.from({ length: 30 }, (_, n) => `lease ${n}`)
  for (const name of names)
    await cluster.until(client.submit(node, { type: 'acquire', name, holder: 'me', durationMs: 600_000 }))
  const there = await cluster.start('b')
  const newcomer = await cluster.until(startLeaseMember(there.node, leases, { limits, settings }))
  await cluster.until(client.addMember(node, newcomer.id, 'learner'))
  await cluster.run(2000)
  expect(newcomer.status().snapshot).toBeGreaterThan(0)
  const all = byToken(allLeases(newcomer.state().state))
  expect(all.map(({ name }) => name)).toEqual(names)
  await cluster.stop()

  const folder = await mkdtemp(join(tmpdir(), 'leases-'))
  const { state } = newcomer.state()
  const snapshot = { index: 40, term: 1, configuration: [], state }
  const first = segmentStorage({ folder })
  await first.load()
  await first.save(snapshot)
  await first.close()
  const again = segmentStorage({ folder })
  const stored = await again.load()
  expect(stored!.snapshot).toEqual(snapshot)
  await again.close()
  await rm(folder, { recursive: true })
})
