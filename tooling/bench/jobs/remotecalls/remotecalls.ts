/**
 * Calls to a server on another node, in another OS process: from one caller or from many, each asking again once it has its answer. With
 * `kib` the object of about 1 KiB goes there and back.
 */
import { call } from '@agner/behaviours'
import { onTwoNodes } from '../../agner/on-two-nodes.ts'
import { newOrder } from '../../agner/order.ts'
import type { Half, Halves } from '../../job.ts'
import { expectSum, latencies } from '../../latencies.ts'

const asAsync: Half<'clients' | 'calls' | 'kib'> = ({ clients, calls, kib }) =>
  onTwoNodes(async (self, server) => {
    const { node } = self
    const order = newOrder()
    const timesMs = new Float64Array(clients * calls)
    const startMs = performance.now()
    const ends: Promise<unknown>[] = []
    for (let index = 0; index < clients; index++) {
      const client = self.spawn(async (mine) => {
        for (let n = 0; n < calls; n++) {
          const askedMs = performance.now()
          if (kib === 0) expectSum(n, (await call(mine, server, 'add', { n })).sum)
          else expectSum(order.id, (await call(mine, server, 'echo', order)).id + 1)
          timesMs[index * calls + n] = performance.now() - askedMs
        }
      })
      ends.push(node.exited(client))
    }
    const reasons = await Promise.all(ends)
    const tookMs = performance.now() - startMs
    if (reasons.some((reason) => reason !== 'normal')) throw new Error('a client failed')
    return latencies(timesMs, tookMs)
  })

export const remotecalls: Halves = { async: asAsync }
