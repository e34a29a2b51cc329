/** `http.ts`: the calls as a JSON API of fastify, with its schemas compiled, as its manual advises. Prints its port. */
import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import type { Order } from '../agner/order.ts'
import { serve } from './start.ts'

const text = { type: 'string' } as const
const number = { type: 'number' } as const
const boolean = { type: 'boolean' } as const
const object = (properties: object) => ({ type: 'object', properties, required: Object.keys(properties) }) as const

const order = object({
  id: number,
  customer: text,
  placedAt: number,
  paid: boolean,
  note: { type: ['string', 'null'] },
  tags: { type: 'array', items: text },
  address: object({
    street: text,
    city: text,
    postcode: text,
    country: text,
    location: object({ latitude: number, longitude: number }),
  }),
  items: {
    type: 'array',
    items: object({ sku: text, title: text, count: number, price: number, inStock: boolean }),
  },
  total: number,
})

const app = fastify()
app.post<{ Body: { readonly n: number } }>(
  '/add',
  { schema: { body: object({ n: number }), response: { 200: object({ sum: number }) } } },
  async ({ body }) => ({ sum: body.n + 1 }),
)
app.post<{ Body: Order }>('/echo', { schema: { body: order, response: { 200: order } } }, async ({ body }) => body)
await app.listen({ host: '127.0.0.1', port: 0 })
serve(String((app.server.address() as AddressInfo).port))
