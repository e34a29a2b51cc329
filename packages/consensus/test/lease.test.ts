import { eachSeed } from '@agner/testing'
import { expect, test } from 'vitest'
import { leaseMachine, type LeaseCommand, type LeaseResult } from '../src/lease/machine.ts'
import { codeOf } from './bank-cluster.ts'
import { LeaseCluster } from './lease-cluster.ts'
import { Protected } from './protected.ts'

const terms = { name: 'printer', durationMs: 2000 }

test('one holds it, the others are told who; when it is released the next one gets a greater token', async () => {
  const all = await LeaseCluster.start({ nodes: 3, seed: 1 })
  const { cluster } = all
  const one = all.owner('a', terms)
  const held = await cluster.until(one.answer)
  if (held.type !== 'held') throw new Error(held.type)
  await cluster.run(8000)
  expect(held.lease.isHeld()).toBe(true)
  const other = all.owner('b', terms)
  expect(await cluster.until(other.answer)).toMatchObject({ type: 'taken', by: { token: held.lease.token } })
  cluster.node('a').node.send(one.pid as never, { type: 'release' } as never)
  await cluster.run(100)
  expect(held.lease.isHeld()).toBe(false)
  const third = await cluster.until(all.owner('c', terms).answer)
  if (third.type !== 'held') throw new Error(third.type)
  expect(third.lease.token).toBeGreaterThan(held.lease.token)
  expect(one.lost).toEqual([])
  await cluster.stop()
})

test('who waits gets it when it is free, or is told who has it when the time is over', async () => {
  const all = await LeaseCluster.start({ nodes: 3, seed: 5 })
  const { cluster } = all
  const one = all.owner('a', terms)
  await cluster.until(one.answer)
  const beforeMs = cluster.runtime.nowMs()
  const impatient = all.owner('b', { ...terms, waitMs: 1500 })
  const patient = all.owner('c', { ...terms, waitMs: 60_000 })
  expect((await cluster.until(impatient.answer)).type).toBe('taken')
  expect(cluster.runtime.nowMs() - beforeMs).toBeGreaterThanOrEqual(1500)
  await cluster.run(2000)
  cluster.node('a').node.sendExit(one.pid, 'kill')
  const freeMs = cluster.runtime.nowMs()
  expect((await cluster.until(patient.answer)).type).toBe('held')
  expect(cluster.runtime.nowMs() - freeMs).toBeLessThan(1000)
  const noTimes = ['5000', null, [], [1], true, NaN, -1, Infinity]
  const wrong: object[] = [{ marginMs: 1500 }, { name: '' }, { atEnd: 'exti' }, { atEnd: null }]
  for (const ms of noTimes) wrong.push({ durationMs: ms }, { marginMs: ms }, { waitMs: ms })
  for (const options of [...wrong, { durationMs: 5 }])
    expect([options, await cluster.until(codeOf(all.owner('a', { ...terms, ...options }).answer))]).toEqual([
      options,
      'consensus.bad_option',
    ])
  await cluster.stop()
})

test('an expiry counts for the renewal that it was meant for, and a token for its lease', () => {
  const { init, apply, query } = leaseMachine
  let state = init()
  let index = 0
  const say = (command: LeaseCommand): LeaseResult => {
    const applied = apply(state, command, { index: ++index })
    ;({ state } = applied)
    return applied.result
  }
  const acquire = { type: 'acquire', name: 'x', holder: 'a', durationMs: 1000 } as const
  expect(say(acquire)).toMatchObject({ type: 'granted', lease: { token: 1, renewals: 0 } })
  expect(say(acquire)).toMatchObject({ type: 'taken', lease: { token: 1 } })
  expect(say({ type: 'renew', name: 'x', token: 1 })).toMatchObject({ type: 'renewed', lease: { renewals: 1 } })
  expect(say({ type: 'expire', name: 'x', token: 1, renewals: 0 })).toEqual({ type: 'lost' })
  expect(query!(state, { all: true })).toHaveLength(1)
  expect(say({ type: 'expire', name: 'x', token: 1, renewals: 1 })).toEqual({ type: 'released' })
  expect(say({ type: 'renew', name: 'x', token: 1 })).toEqual({ type: 'lost' })
  expect(say(acquire)).toMatchObject({ type: 'granted', lease: { token: 7 } })
  for (const type of ['renew', 'release'] as const) expect(say({ type, name: 'x', token: 1 })).toEqual({ type: 'lost' })
  expect(say({ type: 'release', name: 'x', token: 7 })).toEqual({ type: 'released' })
  expect(query!(state, { name: 'x' })).toEqual([])
})

test('the lease of a process that ends is given back at once; that of a node that dies, after its duration', async () => {
  const all = await LeaseCluster.start({ nodes: 4, seed: 2 }, ['a', 'b', 'c'])
  const { cluster } = all
  const one = all.owner('d', terms)
  expect((await cluster.until(one.answer)).type).toBe('held')
  cluster.node('d').node.sendExit(one.pid, 'kill')
  await cluster.run(200)
  const two = all.owner('d', terms)
  expect((await cluster.until(two.answer)).type).toBe('held')
  await cluster.run(5000)
  cluster.crash('d', 'silence')
  await cluster.run(1200)
  expect((await cluster.until(all.owner('a', terms).answer)).type).toBe('taken')
  await cluster.run(1000)
  expect((await cluster.until(all.owner('a', terms).answer)).type).toBe('held')
})

test('a holder that is cut off is told before another may have it', async () => {
  await eachSeed({ seeds: 4 }, async (runtime) => {
    const all = await LeaseCluster.start({ nodes: 4, runtime }, ['a', 'b', 'c'])
    const { cluster } = all
    const one = all.owner('d', terms)
    const held = await cluster.until(one.answer)
    if (held.type !== 'held') throw new Error(held.type)
    await cluster.run(1000)
    cluster.partition(['d'], ['a', 'b', 'c'])
    const cutMs = runtime.nowMs()
    let heldUntilMs = cutMs
    let freeMs = Infinity
    while (freeMs === Infinity) {
      await cluster.run(100)
      if (held.lease.isHeld()) heldUntilMs = runtime.nowMs()
      const asked = await cluster.until(all.owner('a', terms).answer)
      if (asked.type === 'held') freeMs = runtime.nowMs()
    }
    expect(one.lost).toEqual([{ type: 'leaseLost', name: 'printer', token: held.lease.token, why: 'expired' }])
    expect(heldUntilMs).toBeLessThan(freeMs)
    expect(freeMs - cutMs).toBeLessThan(4000)
  })
})

test('by an exit, where the owner wants that', async () => {
  const all = await LeaseCluster.start({ nodes: 3, seed: 3 })
  const { cluster } = all
  const one = all.owner('a', { ...terms, atEnd: 'exit' })
  await cluster.until(one.answer)
  const ended = cluster.node('a').node.exited(one.pid)
  cluster.partition(['a'], ['b', 'c'])
  expect(await cluster.until(ended)).toEqual({ leaseLost: 'printer' })
})

test('a new leader lets every lease stand for its whole duration, and renewals go on', async () => {
  const all = await LeaseCluster.start({ nodes: 4, seed: 4 }, ['a', 'b', 'c'])
  const { cluster } = all
  const one = all.owner('d', { ...terms, durationMs: 6000 })
  const held = await cluster.until(one.answer)
  if (held.type !== 'held') throw new Error(held.type)
  const { node } = cluster.node('d')
  for (let n = 0; n < 5; n++) {
    await cluster.run(3000)
    await cluster.until(all.clients.get('d')!.transfer(node))
    expect(held.lease.isHeld()).toBe(true)
  }
  const { leader } = await cluster.until(all.clients.get('d')!.status(node))
  cluster.crash(leader![0]!)
  await cluster.run(20_000)
  expect(held.lease.isHeld()).toBe(true)
  expect(one.lost).toEqual([])
})

test('never do two holders get through: tokens grow, whatever happens to the network and to threads', async () => {
  let refused = 0
  await eachSeed({ seeds: 4 }, async (runtime) => {
    const all = await LeaseCluster.start({ nodes: 5, runtime }, ['a', 'b', 'c'])
    const { cluster } = all
    const target = new Protected()
    const holders = new Map<string, () => boolean>()
    for (let round = 0; round < 4; round++) {
      for (const name of ['a', 'd', 'e']) {
        const owner = all.owner(name, terms)
        void owner.answer.then(
          (answer) => {
            if (answer.type === 'held') holders.set(`${name} ${round}`, () => target.write(answer.lease.token))
          },
          () => {},
        )
      }
      const victim = cluster.names[Math.floor(runtime.random() * 5)]!
      const fault = Math.floor(runtime.random() * 3)
      if (fault === 0)
        cluster.partition(
          [victim],
          cluster.names.filter((name) => name !== victim),
        )
      else if (fault === 1) cluster.hold(victim, 3000)
      for (let n = 0; n < 8; n++) {
        await cluster.run(500)
        for (const write of holders.values()) write()
      }
      cluster.heal()
    }
    // Each writer that got through had a token above all that got through before it.
    expect([...target.tokens].sort((a, b) => a - b)).toEqual(target.tokens)
    expect(target.tokens.length).toBeGreaterThan(0)
    refused += target.refused
  })
  // Somebody was late, or nothing was tried here.
  expect(refused).toBeGreaterThan(0)
})
