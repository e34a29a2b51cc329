/** `moleculer.ts`: the calls as a service of moleculer. Prints its port. */
import type { Context } from 'moleculer'
import type { Order } from '../agner/order.ts'
import { newBroker, portOf } from './moleculer-broker.ts'
import { serve } from './start.ts'

const broker = newBroker('far', [])
broker.createService({
  name: 'taker',
  actions: {
    add: ({ params }: Context<{ n: number }>) => ({ sum: params.n + 1 }),
    echo: ({ params }: Context<Order>) => params,
  },
})
await broker.start()
serve(String(portOf(broker)))
