import { reply, type Process, type Request } from '@agner/core'
import { simulateCluster } from '@agner/testing'
import { expect, test } from 'vitest'
import { startApplicationClient } from '../../src/index.ts'
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
