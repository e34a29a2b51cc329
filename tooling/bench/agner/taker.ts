/** The server of the remote jobs: answers, and counts what it is cast. */
import { defineServer, noreply, protocol, reply, type Protocol, type Server } from '@agner/behaviours'
import type { Order } from './order.ts'

/** What is cast: 32 bytes or 1 MiB of them, a text, a small object, or one of 1 KiB. */
export type Cast = Uint8Array | string | { readonly id: number; readonly name: string; readonly ok: boolean } | Order

export interface TakerApi {
  calls: {
    add(asked: { readonly n: number }): { readonly sum: number }
    echo(order: Order): Order
    /** How many casts it has handled. */
    taken(): number
  }
  casts: { take(what: Cast): void }
}

export const taker: Protocol<TakerApi> = protocol('@bench/taker')

export const Taker: Server<TakerApi, undefined, number> = defineServer(taker, {
  init: (): number => 0,
  calls: {
    add: (taken, { n }) => reply({ sum: n + 1 }, taken),
    echo: (taken, order) => reply(order, taken),
    taken: (taken) => reply(taken, taken),
  },
  casts: { take: (taken) => noreply(taken + 1) },
})
