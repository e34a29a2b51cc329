import { call } from '@agner/behaviours'
import { AgnerError, reply, type Process, type Request } from '@agner/core'
import { simulateCluster } from '@agner/testing'
import { expect, test } from 'vitest'
import { gateProtocol } from '../../src/calling/gate.api.ts'
import { startApplicationClient, startGate } from '../../src/index.ts'
import { outcome, shop } from './shop.ts'

type Asked = Request<{ readonly call: 'where' | 'pass' }>

test('a gate that says what nobody understands, or twice, or nothing, is survived, and nothing is taken for done', async () => {
  const answers: unknown[] = [{ type: 'odd' }, null, 5, { type: 'refused' }, { type: 'done', value: 'bought' }]
  const cluster = await simulateCluster({ trace: false, nodes: ['a', 'c'], seed: 1 })
  let whereabouts: unknown = { type: 'here' }
  cluster.node('a').node.spawn(
    async (self: Process<Asked>) => {
      for (;;) {
        const asked = await self.receive()
        const answer = asked.payload.call === 'where' ? whereabouts : answers.shift()
        if (answer === undefined) continue
        for (let twice = 0; twice < 2; twice++) reply(asked as Request<unknown, unknown>, answer)
      }
    },
    { name: '@agner/release/gate' },
  )
  const from = cluster.node('c').node
  const client = await cluster.until(
    startApplicationClient(from, { application: 'shop', nodes: ['a@cluster'], limits: { attemptMs: 200 } }),
  )
  const buy = (): Promise<unknown> => outcome(client.call(from, shop, 'buy', 'tea', { timeoutMs: 2000 }))
  for (let n = 0; n < 3; n++) expect(await cluster.until(buy())).toBe('release.outcome_unknown')
  // Refused without a reason is refused; then it is done.
  expect(await cluster.until(buy())).toBe('bought')
  expect(await cluster.until(buy())).toBe('release.outcome_unknown')
  whereabouts = 'over there'
  // Where it was found is believed until it is silent, and then no more.
  expect(await cluster.until(buy())).toBe('release.outcome_unknown')
  expect(await cluster.until(buy())).toBe('release.not_running')
  expect(from.isAlive(client.pid)).toBe(true)
})

/** A gate that says so where it is asked, and lets everything through; what it was asked. */
async function openBroken(whereabouts: readonly unknown[], answers: readonly unknown[]) {
  const cluster = await simulateCluster({ trace: false, nodes: ['a', 'c'], seed: 1 })
  const asked: Payload[] = []
  const [places, given] = [[...whereabouts], [...answers]]
  cluster.node('a').node.spawn(
    async (self: Process<Request<Payload>>) => {
      for (;;) {
        const request = await self.receive()
        asked.push(request.payload)
        const said = request.payload.call === 'where' ? places : given
        reply(request as Request<unknown, unknown>, said.length > 1 ? said.shift() : said[0])
      }
    },
    { name: '@agner/release/gate' },
  )
  const { node } = cluster.node('c')
  const client = await cluster.until(startApplicationClient(node, { application: 'shop', nodes: ['a@cluster'] }))
  const buy = (): Promise<unknown> =>
    cluster.until(client.call(node, shop, 'buy', 'tea', { timeoutMs: 2000 }).catch((error: unknown) => error))
  return { node, client, asked, buy }
}

interface Payload {
  readonly call: 'where' | 'pass'
  readonly arg: { readonly atLeast: unknown }
}

test.each([Infinity, Number.NaN, -1, 1.5, 2 ** 53, '7', {}])(
  'a token that is none (%s) is not believed, nor told to others',
  async (token) => {
    const { buy, asked } = await openBroken(
      [
        { type: 'here', token },
        { type: 'here', token: 7 },
      ],
      [{ type: 'done', value: 'bought' }],
    )
    expect(await buy()).toBe('bought')
    expect(await buy()).toBe('bought')
    expect(asked.map(({ call, arg }) => [call, arg.atLeast])).toEqual([
      ['where', 0],
      ['where', 0],
      ['pass', 7],
      ['pass', 7],
    ])
  },
)

test('a gate takes no question with a token that is none', async () => {
  const cluster = await simulateCluster({ trace: false, nodes: ['a'], seed: 1 })
  const { node } = cluster.node('a')
  node.spawn(async (self: Process<never>) => {
    await self.wait(startGate(self, { running: () => null }))
    await self.receive()
  })
  await cluster.run(10)
  for (const atLeast of [Infinity, Number.NaN, -1, 0.5, 2 ** 53]) {
    const where = call(node, gateProtocol, 'where', { application: 'shop', atLeast })
    expect(await cluster.until(outcome(where))).toBe('call.bad_argument')
  }
  const where = call(node, gateProtocol, 'where', { application: 'shop', atLeast: Number.MAX_SAFE_INTEGER })
  expect(await cluster.until(where)).toEqual({ type: 'refused', why: 'not_here' })
})

test('texts that are none, or too long, do not end the client', async () => {
  // It cannot be made a text.
  const odd = { toString: 1, valueOf: 1 }
  const long = 'x'.repeat(100_000)
  const { node, client, buy } = await openBroken(
    [{ type: 'refused', why: odd }, { type: 'refused', why: long }, odd, { type: 'here' }],
    [
      { type: 'lost', last: odd },
      { type: 'lost', last: long },
      { type: 'failed', code: odd, message: 'no' },
      { type: 'failed', code: 'own.code', message: 'no', details: null },
      { type: 'refused', why: odd },
      { type: 'refused', why: 'a reason of a later version' },
      { type: 'done' },
    ],
  )
  const codes: unknown[] = []
  for (let n = 0; n < 5; n++) {
    const given = await buy()
    if (!(given instanceof AgnerError)) codes.push(given)
    else {
      codes.push(given.code)
      expect(given.message.length).toBeLessThan(2000)
      expect(given.details).toBeTypeOf('object')
      expect(given.details).not.toBeNull()
    }
  }
  const unknown = 'release.outcome_unknown'
  expect(codes).toEqual([unknown, unknown, unknown, 'own.code', undefined])
  expect(node.isAlive(client.pid)).toBe(true)
})
