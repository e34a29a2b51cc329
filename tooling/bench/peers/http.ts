/** HTTP/1.1 with JSON: fastify as the server, undici's pool as the client, a connection for each caller. */
import { Pool } from 'undici'
import { newOrder } from '../agner/order.ts'
import { startFar } from '../far/start.ts'
import type { Half } from '../job.ts'
import { callers, expectSum } from '../latencies.ts'
import type { PeerHalves } from './index.ts'

const headers = { 'content-type': 'application/json' }

const remotecalls: Half<'clients' | 'calls' | 'kib'> = async ({ clients, calls, kib }) => {
  const pool = new Pool(`http://127.0.0.1:${await startFar('http')}`, { connections: clients })
  const post = async (path: string, body: object): Promise<unknown> => {
    const response = await pool.request({ method: 'POST', path, headers, body: JSON.stringify(body) })
    return await response.body.json()
  }
  const order = newOrder()
  const figures = await callers(clients, calls, async (n) => {
    if (kib === 0) expectSum(n, ((await post('/add', { n })) as { readonly sum: number }).sum)
    else expectSum(order.id, ((await post('/echo', order)) as { readonly id: number }).id + 1)
  })
  await pool.close()
  return figures
}

export const halves: PeerHalves = { remotecalls }
