import {
  leaseGroup,
  memberIdOf,
  startClient,
  startLeaseMember,
  type LeaseClient,
  type LeaseGroup,
} from '@agner/consensus'
import { eachSeed, simulateCluster, type SimulatedCluster, type SimulatedClusterOptions } from '@agner/testing'
import { expect, test } from 'vitest'
import { leaseArbiter, type Arbiter } from '../../src/index.ts'
import { Protected } from '../../../consensus/test/protected.ts'
import { claimant, held } from './claimant.ts'

const leases: LeaseGroup = leaseGroup('leases')
const durationMs = 2000

/** Nodes a, b and c keep the leases; each node has an arbiter. */
async function start(
  options: Omit<SimulatedClusterOptions, 'nodes'>,
): Promise<{ readonly cluster: SimulatedCluster; readonly arbiters: ReadonlyMap<string, Arbiter> }> {
  const cluster = await simulateCluster({ trace: false, nodes: 5, ...options })
  const keepers = cluster.up.slice(0, 3)
  const founders = keepers.map(({ node }) => ({ id: memberIdOf(node, 'memory'), role: 'voter' }) as const)
  for (const { node } of keepers)
    await cluster.until(startLeaseMember(node, leases, { founders, settings: { heartbeatMs: 300 } }))
  const arbiters = new Map<string, Arbiter>()
  for (const { name, node } of cluster.up) {
    const client = await cluster.until(startClient(node, leases, { nodes: keepers.map((each) => each.node.name) }))
    arbiters.set(name, leaseArbiter(client, { durationMs }))
  }
  return { cluster, arbiters }
}

test('one of two that claim at once gets it, the other is told which node has it; applications are apart', async () => {
  const { cluster, arbiters } = await start({ seed: 1 })
  const [d, e] = ['d', 'e'].map((name) => claimant(cluster.node(name).node, arbiters.get(name)!, 'shop'))
  const answers = [await cluster.until(d!.answer), await cluster.until(e!.answer)]
  expect(answers.map(({ type }) => type).sort()).toEqual(['held', 'taken'])
  const winner = answers[0]!.type === 'held' ? 'd@cluster' : 'e@cluster'
  expect(answers.find(({ type }) => type === 'taken')).toEqual({ type: 'taken', by: winner })
  const other = claimant(cluster.node('e').node, arbiters.get('e')!, 'bank')
  expect((await cluster.until(other.answer)).type).toBe('held')
  await cluster.run(10_000)
  for (const each of [d!, e!, other]) expect(each.lost).toEqual([])
  for (const answer of answers) if (answer.type === 'held') expect(answer.claim.isHeld()).toBe(true)
  await cluster.stop()
})

test('given back it goes to who waits, with a greater token, and nothing more is told', async () => {
  const { cluster, arbiters } = await start({ seed: 2 })
  const one = claimant(cluster.node('d').node, arbiters.get('d')!, 'shop')
  const claim = held(await cluster.until(one.answer))
  const two = claimant(cluster.node('e').node, arbiters.get('e')!, 'shop', { waitMs: 60_000 })
  await cluster.run(3000)
  const release = claim.release()
  expect(claim.isHeld()).toBe(false)
  await cluster.until(release)
  const next = held(await cluster.until(two.answer))
  expect(next.token).toBeGreaterThan(claim.token)
  await cluster.until(claim.release({ to: 'd@cluster' }))
  await cluster.run(5000)
  expect([...one.lost, ...two.lost]).toEqual([])
  expect(next.isHeld()).toBe(true)
})

test('an owner that ends gives it back at once, also one that ends before it has its answer', async () => {
  const { cluster, arbiters } = await start({ seed: 3 })
  const { node } = cluster.node('d')
  const one = claimant(node, arbiters.get('d')!, 'shop')
  const claim = held(await cluster.until(one.answer))
  node.sendExit(one.pid, 'kill')
  await cluster.run(200)
  expect(claim.isHeld()).toBe(false)
  for (let n = 0; n < 5; n++) {
    const hasty = claimant(node, arbiters.get('d')!, 'shop', { waitMs: 60_000 })
    await cluster.run(n)
    node.sendExit(hasty.pid, 'kill')
    await cluster.run(200)
  }
  const two = claimant(cluster.node('e').node, arbiters.get('e')!, 'shop')
  expect((await cluster.until(two.answer)).type).toBe('held')
})

test('cut off it is told before another has it; a node that dies leaves it for no longer than its duration', async () => {
  await eachSeed({ seeds: 2 }, async (runtime) => {
    const { cluster, arbiters } = await start({ runtime })
    const one = claimant(cluster.node('d').node, arbiters.get('d')!, 'shop')
    const claim = held(await cluster.until(one.answer))
    cluster.partition(['d'], ['a', 'b', 'c', 'e'])
    const two = claimant(cluster.node('e').node, arbiters.get('e')!, 'shop', { waitMs: 60_000 })
    let endedMs = Infinity
    for (let isOver = false; !isOver;) {
      await cluster.run(50)
      if (!claim.isHeld()) endedMs = Math.min(endedMs, runtime.nowMs())
      isOver = (await Promise.race([two.answer, null])) !== null
    }
    expect(endedMs).toBeLessThan(runtime.nowMs())
    expect(one.lost).toEqual([{ type: 'claimLost', application: 'shop', token: claim.token, why: 'expired' }])
    const next = held(await two.answer)
    cluster.heal()
    cluster.crash('e', 'silence')
    const diedMs = runtime.nowMs()
    const three = claimant(cluster.node('d').node, arbiters.get('d')!, 'shop', { waitMs: 60_000 })
    expect(held(await cluster.until(three.answer)).token).toBeGreaterThan(next.token)
    expect(runtime.nowMs() - diedMs).toBeLessThan(2 * durationMs)
  })
})

test('without a majority it is unavailable, and those that wait get it when there is one', async () => {
  const { cluster, arbiters } = await start({ seed: 4 })
  await cluster.run(2000)
  cluster.partition(['a'], ['b'], ['c'])
  const hasty = claimant(cluster.node('d').node, arbiters.get('d')!, 'shop')
  const patient = claimant(cluster.node('e').node, arbiters.get('e')!, 'shop', { waitMs: 120_000 })
  expect(await cluster.until(hasty.answer)).toMatchObject({ type: 'unavailable' })
  cluster.heal()
  expect((await cluster.until(patient.answer)).type).toBe('held')
})

test('what cannot be claimed is refused', async () => {
  const { cluster, arbiters } = await start({ seed: 5 })
  const { node } = cluster.node('d')
  for (const [application, waitMs] of [
    ['', 0],
    ['shop', -1],
    ['shop', Infinity],
    ['shop', 2 ** 31],
    ['shop', '1000' as never],
    ['shop', null as never],
  ] as const) {
    const asked = claimant(node, arbiters.get('d')!, application, { waitMs }).answer.catch((error: unknown) => error)
    expect(await cluster.until(asked)).toMatchObject({ code: 'release.bad_option' })
  }
})

test('a duration or a margin that no lease can have is refused when the arbiter is made', () => {
  const client = { group: 'leases' } as LeaseClient
  const make = (options: object) => () => leaseArbiter(client, options)
  for (const wrong of [0, Number.NaN, -1, 99, Infinity, 2 ** 31, '2 s', null, '5000', [5000]])
    expect(make({ durationMs: wrong })).toThrow(expect.objectContaining({ code: 'release.bad_option' }))
  for (const wrong of [-1, Number.NaN, 1001, Infinity, 'half', '500', null])
    expect(make({ durationMs, marginMs: wrong })).toThrow(expect.objectContaining({ code: 'release.bad_option' }))
  for (const right of [
    {},
    { durationMs: 100 },
    { durationMs: 2 ** 31 - 1, marginMs: 0 },
    { durationMs, marginMs: 1000 },
  ])
    expect(make(right)().decides).toBe(false)
})

test('a holder whose thread was held wakes up and does not believe it, or its token is refused', async () => {
  await eachSeed({ seeds: 3 }, async (runtime) => {
    const { cluster, arbiters } = await start({ runtime })
    const storage = new Protected()
    const one = claimant(cluster.node('d').node, arbiters.get('d')!, 'shop')
    const first = held(await cluster.until(one.answer))
    storage.write(first.token)
    cluster.hold('d', 6000)
    const two = claimant(cluster.node('e').node, arbiters.get('e')!, 'shop', { waitMs: 60_000 })
    const second = held(await cluster.until(two.answer))
    expect(storage.write(second.token)).toBe(true)
    expect(first.isHeld()).toBe(false)
    // It has looked before it was held, and writes now.
    expect(storage.write(first.token)).toBe(false)
    await cluster.run(8000)
    expect(one.lost).toMatchObject([{ token: first.token }])
    expect(second.isHeld()).toBe(true)
    expect(storage.refused).toBe(1)
  })
})
