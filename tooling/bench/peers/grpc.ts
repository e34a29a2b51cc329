/** gRPC in JavaScript: one channel, messages as protocol buffers. */
import { credentials, type ServiceError } from '@grpc/grpc-js'
import { newOrder } from '../agner/order.ts'
import { loadTaker } from '../far/grpc-service.ts'
import { startFar } from '../far/start.ts'
import type { Half } from '../job.ts'
import { callers, expectSum } from '../latencies.ts'
import type { PeerHalves } from './index.ts'

type Method = (request: object, done: (error: ServiceError | null, response: unknown) => void) => void

const remotecalls: Half<'clients' | 'calls' | 'kib'> = async ({ clients, calls, kib }) => {
  const Taker = loadTaker()
  const client = new Taker(`127.0.0.1:${await startFar('grpc')}`, credentials.createInsecure())
  const methods = client as unknown as { readonly Add: Method; readonly Echo: Method }
  const ask = <R>(name: 'Add' | 'Echo', request: object): Promise<R> =>
    new Promise((resolve, reject) => {
      methods[name](request, (error, response) => (error === null ? resolve(response as R) : reject(error)))
    })
  const order = newOrder()
  const figures = await callers(clients, calls, async (n) => {
    if (kib === 0) expectSum(n, (await ask<{ readonly sum: number }>('Add', { n })).sum)
    else expectSum(order.id, (await ask<{ readonly id: number }>('Echo', order)).id + 1)
  })
  client.close()
  return figures
}

export const halves: PeerHalves = { remotecalls }
