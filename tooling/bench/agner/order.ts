/** The object of about 1 KiB that the remote jobs send: what a service would, with nothing in it that a format can't say. */

export interface OrderItem {
  readonly sku: string
  readonly title: string
  readonly count: number
  readonly price: number
  readonly inStock: boolean
}

// A type and not an interface: its fields must be known to be all that there are where it is sent.
export type Order = {
  readonly id: number
  readonly customer: string
  readonly placedAt: number
  readonly paid: boolean
  readonly note: string | null
  readonly tags: readonly string[]
  readonly address: {
    readonly street: string
    readonly city: string
    readonly postcode: string
    readonly country: string
    readonly location: { readonly latitude: number; readonly longitude: number }
  }
  readonly items: readonly OrderItem[]
  readonly total: number
}

/** 1,007 bytes as JSON. `erlang/order.erl` makes the same. */
export function newOrder(): Order {
  return {
    id: 123_456,
    customer: 'agner@example.org',
    placedAt: 1_763_737_200_000,
    paid: true,
    note: null,
    tags: ['urgent', 'gift', 'export'],
    address: {
      street: 'Stengade 1',
      city: 'Helsingør',
      postcode: '3000',
      country: 'DK',
      location: { latitude: 56.0361, longitude: 12.6136 },
    },
    items: Array.from({ length: 8 }, (_, index) => newItem(index + 1)),
    total: 1079.64,
  }
}

function newItem(n: number): OrderItem {
  return { sku: `SKU-000${n}`, title: 'A telephone exchange', count: n, price: 29.99, inStock: n % 2 === 0 }
}
