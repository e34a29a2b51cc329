/**
 * Servers of behaviours across the relay; and what a gateway that leaves has to do with the choice.
 */
import {
  defineServer,
  noreply,
  protocol,
  reply as replyWith,
  startServer,
  stop,
  type Protocol,
} from '@agner/behaviours'
import { reply, type Request } from '@agner/core'
import { afterEach, expect, it } from 'vitest'
import { collector, startRelayed, type Relayed } from './relayed.ts'

interface CounterApi {
  calls: { add(by: number): number; fail(): void }
  casts: { reset(to: number): void }
}

const digits = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value: unknown) =>
      typeof value === 'number' ? { value } : { issues: [{ message: 'no number', path: [] }] },
  },
} as const

const counter: Protocol<CounterApi> = protocol('@test/counter', {
  schemas: { calls: { add: digits as never } },
  timeoutMs: 700,
})
const Counter = defineServer(counter, {
  init: (start: number): number => start,
  calls: {
    add: (count, by) => replyWith(count + by, count + by),
    fail: () => stop('as told'),
  },
  casts: { reset: (_, to) => noreply(to) },
})

let relayed: Relayed
afterEach(async () => {
  await relayed.cluster.stop()
})

it('a server is called and cast to as if it were here, and its refusals arrive', async () => {
  relayed = await startRelayed()
  const { cluster } = relayed
  const [relay, a, c] = [relayed.relay('a'), relayed.node('a'), relayed.node('c')]
  const server = await cluster.until(startServer(c, Counter, 1))
  relayed.name('right', 'counter', server)
  const far = { group: 'right', name: 'counter' }
  expect(await cluster.until(relay.call(a, far, counter, 'add', 2))).toBe(3)
  relay.cast(a, far, counter, 'reset', 10)
  expect(await cluster.until(relay.call(a, far, counter, 'add', 1))).toBe(11)
  const codeOf = (asked: Promise<unknown>): Promise<unknown> =>
    cluster.until(asked.catch(({ code }: { readonly code: string }) => code))
  expect(await codeOf(relay.call(a, far, counter, 'add', 'x' as never))).toBe('call.bad_argument')
  c.suspend(server)
  const startMs = cluster.runtime.nowMs()
  expect(await codeOf(relay.call(a, far, counter, 'add', 1))).toBe('groups.relay_timeout')
  expect(cluster.runtime.nowMs() - startMs).toBeGreaterThanOrEqual(700)
  c.resume(server)
  expect(await codeOf(relay.call(a, far, counter, 'fail', undefined, { timeoutMs: 2000 }))).toBe('groups.relay_exited')
})

it('an answer is as large as a message may be; who asks for a larger one, or watches who ends so, is told', async () => {
  relayed = await startRelayed({ limits: { messageBytes: 1024 } })
  const { cluster } = relayed
  const [relay, a, c] = [relayed.relay('a'), relayed.node('a'), relayed.node('c')]
  const server = c.spawn<Request<number, unknown>>(async (self) => {
    for (;;) {
      const request = await self.receive()
      if (request.payload < 0) self.exit({ said: 'x'.repeat(-request.payload) })
      else reply(request, 'x'.repeat(request.payload))
    }
  })
  const reasons: unknown[] = []
  a.spawn<{ readonly reason: unknown }>(async (self) => {
    relay.monitor(self, server)
    reasons.push((await self.receive()).reason)
  })
  await cluster.run(500)
  const ask = (length: number): Promise<unknown> =>
    cluster.until(
      relay
        .request(a, server as never, length, { timeoutMs: Infinity })
        .catch(({ code }: { readonly code: string }) => code),
    )
  expect(await ask(900)).toBe('x'.repeat(900))
  expect(await ask(1100)).toBe('groups.relay_too_large')
  expect(await ask(10_000_000)).toBe('groups.relay_too_large')
  expect(await ask(-10_000_000)).toBe('groups.relay_exited')
  await cluster.run(500)
  expect(reasons).toEqual([expect.objectContaining({ code: 'groups.relay_too_large' })])
  expect(relay.stats().lost).toBe(0)
})

it('a gateway that has said that it leaves is the last choice for what is new', async () => {
  relayed = await startRelayed()
  const all = Array.from({ length: 8 }, () => collector(relayed.node('c')))
  await relayed.cluster.until(relayed.distribution('g').drain({ timeoutMs: 5000 }))
  await relayed.cluster.run(100)
  for (const { pid } of all) relayed.relay('a').send(relayed.node('a'), pid as never, 1 as never)
  await relayed.cluster.run(500)
  expect(all.every(({ got }) => got.length === 1)).toBe(true)
  for (const { way } of relayed.relay('a').paths()) expect(way[1]).toBe('h@cluster')
})
