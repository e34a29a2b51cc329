import { eachSeed } from '@agner/testing'
import { expect, test } from 'vitest'
import { leaderArbiter, type Claim } from '../../src/index.ts'
import { claimant, held, type Claimant } from './claimant.ts'
import { LogCluster } from './log-cluster.ts'

const waitMs = 600_000

interface Holder extends Claimant {
  readonly name: string
  readonly claim: Claim
}

/** All nodes of these names claim; resolves with the one that is given it first. */
async function elect(all: LogCluster, names: readonly string[]): Promise<{ holder: Holder; others: Claimant[] }> {
  const claimants = names.map((name) =>
    claimant(all.cluster.node(name).node, all.arbiters.get(name)!, 'chat', { waitMs }),
  )
  const first = await all.cluster.until(
    Promise.race(claimants.map(async (each, index) => ({ index, claim: held(await each.answer) }))),
  )
  const holder = { ...claimants[first.index]!, name: names[first.index]!, claim: first.claim }
  return { holder, others: claimants.filter((_, index) => index !== first.index) }
}

const all3 = ['a', 'b', 'c']

test('it is where the log leads, once everything of before is applied; the token is the term', async () => {
  await eachSeed({ seeds: 3 }, async (runtime) => {
    const all = await LogCluster.start({ runtime })
    const { holder } = await elect(all, all3)
    const status = all.members.get(holder.name)!.status()
    expect(status).toMatchObject({ role: 'leader', term: holder.claim.token })
    expect(status.applied).toBeGreaterThan(0)
    const other = all3.find((name) => name !== holder.name)!
    const asked = claimant(all.cluster.node(other).node, all.arbiters.get(other)!, 'chat')
    expect(await all.cluster.until(asked.answer)).toEqual({ type: 'taken', by: `${holder.name}@cluster` })
    expect(all.arbiters.get('a')!.decides).toBe(true)
    await all.cluster.run(5000)
    expect(holder.claim.isHeld()).toBe(true)
    expect(holder.lost).toEqual([])
  })
})

test('released to a node, that node gets it; released to none, another voter; nobody is told', async () => {
  const all = await LogCluster.start({ seed: 2 })
  const { holder, others } = await elect(all, all3)
  const heir = all3.find((name) => name !== holder.name)!
  await all.cluster.until(holder.claim.release({ to: `${heir}@cluster` }))
  expect(holder.claim.isHeld()).toBe(false)
  expect(all.members.get(heir)!.status().role).toBe('leader')
  const answers = await all.cluster.until(Promise.race(others.map(({ answer }) => answer)))
  const next = held(answers)
  expect(next.token).toBeGreaterThan(holder.claim.token)
  expect(await all.cluster.until(all.write(heir, next))).toBe(true)
  expect(await all.cluster.until(all.write(holder.name, holder.claim))).toBe(false)
  await all.cluster.until(next.release())
  await all.cluster.run(100)
  expect(all.members.get(heir)!.status().role).toBe('follower')
  expect(holder.lost).toEqual([])
})

test('when nobody else can lead, the node that gave it back may have it again', async () => {
  const all = await LogCluster.start({ seed: 3 }, ['b', 'c'])
  const { holder } = await elect(all, ['a', 'b', 'c'])
  expect(holder.name).toBe('a')
  await all.cluster.until(holder.claim.release())
  const again = claimant(all.cluster.node('a').node, all.arbiters.get('a')!, 'chat', { waitMs })
  const claim = held(await all.cluster.until(again.answer))
  expect(claim.token).toBeGreaterThanOrEqual(holder.claim.token)
  await all.cluster.run(5000)
  expect(claim.isHeld()).toBe(true)
  await all.cluster.until(claim.release({ to: 'nowhere@cluster' }))
})

test('a partition that leaves the leader alone: it is told, the others go on, and what it writes later is refused', async () => {
  await eachSeed({ seeds: 4 }, async (runtime) => {
    const all = await LogCluster.start({ runtime })
    const { holder, others } = await elect(all, all3)
    expect(await all.cluster.until(all.write(holder.name, holder.claim))).toBe(true)
    all.cluster.partition(
      [holder.name],
      all3.filter((name) => name !== holder.name),
    )
    // Asked while it believes that it leads, and decided when the network is whole again.
    const late = all.write(holder.name, holder.claim).catch((error: { code: string }) => error.code)
    const next = held(await all.cluster.until(Promise.race(others.map(({ answer }) => answer))))
    expect(next.token).toBeGreaterThan(holder.claim.token)
    const heir = all3.find((name) => all.members.get(name)!.status().term === next.token && name !== holder.name)!
    expect(await all.cluster.until(all.write(heir, next))).toBe(true)
    await all.cluster.run(2500)
    expect(holder.claim.isHeld()).toBe(false)
    expect(holder.lost).toEqual([{ type: 'claimLost', application: 'chat', token: holder.claim.token, why: 'lost' }])
    all.cluster.heal()
    // It is refused by its token, or nothing came of it at all.
    expect([false, 'consensus.unknown_outcome']).toContain(await all.cluster.until(late))
    await all.cluster.run(3000)
    expect(all.kept(heir).entries.map(({ token }) => token)).toEqual([holder.claim.token, next.token])
  })
})

test('the link that brings answers to the leader is cut: it is told as well', async () => {
  const all = await LogCluster.start({ seed: 6 })
  const { holder, others } = await elect(all, all3)
  for (const name of all3) if (name !== holder.name) all.cluster.cutOneWay(name, holder.name)
  const next = held(await all.cluster.until(Promise.race(others.map(({ answer }) => answer))))
  expect(holder.claim.isHeld()).toBe(false)
  expect(next.token).toBeGreaterThan(holder.claim.token)
})

test('a thread that was held wakes up and does not believe that it leads, until it is sure', async () => {
  let [sure, moves] = [0, 0]
  await eachSeed({ seeds: 6 }, async (runtime) => {
    const all = await LogCluster.start({ runtime })
    const { holder, others } = await elect(all, all3)
    const next = Promise.race(others.map(({ answer }) => answer))
    const heldMs = runtime.random() < 0.5 ? 800 : 5000
    all.cluster.hold(holder.name, heldMs)
    await all.cluster.run(heldMs)
    // The very moment in which it goes on: before anything that came meanwhile is handled.
    expect(holder.claim.isHeld()).toBe(false)
    await all.cluster.run(3000)
    const moved = await Promise.race([next, null])
    if (moved === null) {
      sure++
      expect(holder.claim.isHeld()).toBe(true)
      expect(holder.lost).toEqual([])
    } else {
      moves++
      expect(held(moved).token).toBeGreaterThan(holder.claim.token)
      expect(holder.lost).toMatchObject([{ token: holder.claim.token }])
      expect(holder.claim.isHeld()).toBe(false)
    }
  })
  expect(sure).toBeGreaterThan(0)
  expect(moves).toBeGreaterThan(0)
})

test('a node that is not ready hands the leadership on, and gets nothing', async () => {
  const all = await LogCluster.start({ seed: 7 })
  all.unready.add('a').add('b')
  for (let n = 0; n < 3; n++) {
    const { holder } = await elect(all, all3)
    expect(holder.name).toBe('c')
    await all.cluster.until(holder.claim.release({ to: n === 0 ? 'a@cluster' : 'b@cluster' }))
  }
})

test('so does one whose isReady throws; a look there says what was thrown', async () => {
  const all = await LogCluster.start({ seed: 7 })
  all.failing.add('a').add('b')
  const { holder } = await elect(all, all3)
  expect(holder.name).toBe('c')
  all.failing.add('c').delete('a')
  await all.cluster.until(holder.claim.release({ to: 'b@cluster' }))
  const asked = claimant(all.cluster.node('b').node, all.arbiters.get('b')!, 'chat')
  const reason = 'this node leads, but its isReady() failed: Error: no luck'
  expect(await all.cluster.until(asked.answer)).toEqual({ type: 'unavailable', reason })
  const next = await elect(all, all3)
  expect(next.holder.name).toBe('a')
})

test('so does one whose isReady is async: a promise is no yes', async () => {
  const all = await LogCluster.start({ seed: 7 })
  all.promising.add('a').add('b')
  const { holder } = await elect(all, all3)
  expect(holder.name).toBe('c')
  all.promising.add('c').delete('a')
  await all.cluster.until(holder.claim.release({ to: 'b@cluster' }))
  const asked = claimant(all.cluster.node('b').node, all.arbiters.get('b')!, 'chat')
  const reason = expect.stringMatching(/this node leads, but its isReady\(\) failed: .*neither true nor false/)
  expect(await all.cluster.until(asked.answer)).toEqual({ type: 'unavailable', reason })
})

test('the member ends: its claim is lost; one that comes back is found', async () => {
  const all = await LogCluster.start({ seed: 8 })
  const { holder, others } = await elect(all, all3)
  await all.cluster.until(all.members.get(holder.name)!.stop())
  expect(holder.claim.isHeld()).toBe(false)
  held(await all.cluster.until(Promise.race(others.map(({ answer }) => answer))))
  expect(holder.lost).toMatchObject([{ why: 'lost' }])
  all.members.delete(holder.name)
  const asked = claimant(all.cluster.node(holder.name).node, all.arbiters.get(holder.name)!, 'chat')
  expect(await all.cluster.until(asked.answer)).toMatchObject({ type: 'unavailable' })
})

test('its times are checked', () => {
  const options = { name: 'x', member: () => null, client: { transfer: () => Promise.resolve('a') } }
  for (const electionTimeoutMs of [0, '1000' as never, null as never])
    expect(() => leaderArbiter({ ...options, electionTimeoutMs })).toThrow(/electionTimeoutMs/)
})
