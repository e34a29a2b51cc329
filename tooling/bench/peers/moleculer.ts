/** moleculer over its TCP transporter, with JSON as it comes. */
import { newOrder } from '../agner/order.ts'
import { newBroker } from '../far/moleculer-broker.ts'
import { startFar } from '../far/start.ts'
import type { Half } from '../job.ts'
import { callers, expectSum } from '../latencies.ts'
import type { PeerHalves } from './index.ts'

const waitMs = 30_000

const start = async () => {
  const broker = newBroker('near', [`127.0.0.1:${await startFar('moleculer')}/far`])
  await broker.start()
  await broker.waitForServices('taker', waitMs)
  return broker
}
/** One for all runs: each that comes or goes takes a round of gossip until the other side knows. */
let started: ReturnType<typeof start> | null = null

const remotecalls: Half<'clients' | 'calls' | 'kib'> = async ({ clients, calls, kib }) => {
  const broker = await (started ??= start())
  const order = newOrder()
  return await callers(clients, calls, async (n) => {
    if (kib === 0) expectSum(n, (await broker.call<{ sum: number }, { n: number }>('taker.add', { n })).sum)
    else expectSum(order.id, (await broker.call<{ id: number }, typeof order>('taker.echo', order)).id + 1)
  })
}

export const halves: PeerHalves = { remotecalls }
