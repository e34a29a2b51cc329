import { createNode, type Node } from '@agner/core'
import { createVirtualRuntime, eachSeed, simulateCluster } from '@agner/testing'
import { expect, test } from 'vitest'
import { checkClaim, claimsTable, postgresArbiter, type Arbiter } from '../../src/index.ts'
import { Protected } from '../../../consensus/test/protected.ts'
import { claimant, held } from './claimant.ts'
import { ClaimsModel } from './claims-model.ts'

const durationMs = 3000

function start(seed: number): {
  readonly runtime: ReturnType<typeof createVirtualRuntime>
  readonly model: ClaimsModel
  readonly arbiter: Arbiter
  readonly nodes: readonly [Node, Node]
} {
  const runtime = createVirtualRuntime({ seed })
  const model = new ClaimsModel(runtime)
  const nodes = [createNode({ name: 'one@h', runtime }), createNode({ name: 'two@h', runtime })] as const
  return { runtime, model, arbiter: postgresArbiter({ query: model.query, durationMs }), nodes }
}

test('one has it until it gives it back or its owner ends; it is renewed as long as need be', async () => {
  const { runtime, arbiter, nodes, model } = start(1)
  const one = claimant(nodes[0], arbiter, 'shop')
  const claim = held(await runtime.runUntil(one.answer))
  expect(claim.token).toBe(1)
  await runtime.advance(20_000)
  expect(claim.isHeld()).toBe(true)
  expect(await runtime.runUntil(claimant(nodes[1], arbiter, 'shop').answer)).toEqual({ type: 'taken', by: 'one@h' })
  const two = claimant(nodes[1], arbiter, 'shop', { waitMs: 60_000 })
  nodes[0].sendExit(one.pid, 'kill')
  expect(held(await runtime.runUntil(two.answer)).token).toBe(2)
  expect([claim.isHeld(), one.lost, model.made]).toEqual([false, [], 1])
  const query = model.query
  await runtime.runUntil(checkClaim(query, { application: 'shop', token: 2 }))
  const refused = checkClaim(query, claim).catch((error: unknown) => error)
  expect(await runtime.runUntil(refused)).toMatchObject({ code: 'release.fenced' })
})

test('answers are lost: what was taken is found again, and nobody has it twice', async () => {
  await eachSeed({ seeds: 20 }, async (runtime) => {
    const model = new ClaimsModel(runtime)
    model.lossChance = 0.3
    const arbiter = postgresArbiter({ query: model.query, durationMs })
    const nodes = ['one@h', 'two@h', 'three@h'].map((name) => createNode({ name, runtime }))
    const storage = new Protected()
    const holders = nodes.map((node) => {
      const each = claimant(node, arbiter, 'shop', { waitMs: 30_000 })
      void each.answer.then((answer) => {
        if (answer.type !== 'held') return
        // Of those that believe it, there is one at a time; and each is later than those before it.
        expect(storage.write(answer.claim.token)).toBe(true)
        expect(held(answer).isHeld()).toBe(true)
        runtime.setTimer(2000 * runtime.random(), () => void answer.claim.release())
      })
      return each
    })
    await runtime.advance(60_000)
    const answers = await Promise.all(holders.map(({ answer }) => answer))
    expect(answers.filter(({ type }) => type === 'held').length).toBeGreaterThan(0)
    expect(new Set(storage.tokens).size).toBe(answers.filter(({ type }) => type === 'held').length)
  })
})

test('the database is away: the claim is over here before it is over there, and who asks is told that nobody knows', async () => {
  const { runtime, model, arbiter, nodes } = start(3)
  const one = claimant(nodes[0], arbiter, 'shop')
  const claim = held(await runtime.runUntil(one.answer))
  model.isAway = true
  const awayMs = runtime.nowMs()
  const other = claimant(nodes[1], arbiter, 'shop')
  expect(await runtime.runUntil(other.answer)).toMatchObject({ type: 'unavailable' })
  while (claim.isHeld()) await runtime.advance(10)
  expect(runtime.nowMs() - awayMs).toBeLessThanOrEqual(durationMs * 0.9 + 10)
  expect(one.lost).toEqual([{ type: 'claimLost', application: 'shop', token: 1, why: 'expired' }])
  model.isAway = false
  const next = claimant(nodes[1], arbiter, 'shop', { waitMs: 60_000 })
  expect(held(await runtime.runUntil(next.answer)).token).toBe(2)
  // It comes back too late to give back what is another's.
  await runtime.runUntil(claim.release())
  await runtime.advance(5000)
  expect(next.lost).toEqual([])
})

test('an answer that comes late is worth what is left of it', async () => {
  const { runtime, model, arbiter, nodes } = start(4)
  model.latencyMs = 150
  const one = claimant(nodes[0], arbiter, 'shop', { waitMs: 60_000 })
  const claim = held(await runtime.runUntil(one.answer))
  await runtime.advance(30_000)
  expect(claim.isHeld()).toBe(true)
  model.latencyMs = 2000
  while (claim.isHeld()) await runtime.advance(100)
  await runtime.advance(100)
  expect(one.lost).toMatchObject([{ why: 'expired' }])
  const hasty = claimant(nodes[1], arbiter, 'shop', { waitMs: 10_000 })
  expect(await runtime.runUntil(hasty.answer)).toMatchObject({ type: 'unavailable' })
})

test('a thread that was held wakes up, does not believe it, and its token is refused', async () => {
  await eachSeed({ seeds: 4 }, async (runtime) => {
    const model = new ClaimsModel(runtime)
    const cluster = await simulateCluster({ trace: false, nodes: 2, runtime })
    const arbiter = postgresArbiter({ query: model.query, durationMs })
    const one = claimant(cluster.node('a').node, arbiter, 'shop')
    const claim = held(await cluster.until(one.answer))
    cluster.hold('a', 8000)
    const two = claimant(cluster.node('b').node, arbiter, 'shop', { waitMs: 60_000 })
    expect(held(await cluster.until(two.answer)).token).toBe(2)
    expect(claim.isHeld()).toBe(false)
    const refused = checkClaim(model.query, claim).catch((error: unknown) => error)
    expect(await cluster.until(refused)).toMatchObject({ code: 'release.fenced' })
    await cluster.run(10_000)
    expect(one.lost).toHaveLength(1)
    expect(two.lost).toEqual([])
  })
})

test('its options are checked, and the table has the name that was given', () => {
  const query = () => Promise.resolve({ rows: [] })
  const wrong = [
    { durationMs: 5 },
    { marginMs: 9000 },
    { durationMs: '5000' as never },
    { durationMs: [5000] as never },
    { marginMs: '500' as never },
    { table: 'x; DROP TABLE y' },
    { table: '' },
    { query: 5 as never },
  ]
  for (const options of wrong) expect(() => postgresArbiter({ query, ...options })).toThrow(/cannot be taken/)
  expect(claimsTable({ table: 'ours.claims' })).toContain('EXISTS ours.claims (')
})
