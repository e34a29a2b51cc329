/**
 * Calls to one server, from one client or from many: with monitor, alias and a timeout of five seconds each. The client as callbacks is itself
 * a server, which sends its requests and takes the answers as messages.
 */
import {
  call,
  checkResponse,
  defineServer,
  noreply,
  protocol,
  reply,
  sendRequest,
  startServer,
  stop,
  stopServer,
  type Protocol,
  type RequestId,
  type Server,
  type ServerPid,
} from '@agner/behaviours'
import type { ResponseMessage } from '@agner/core'
import { onNode } from '../../agner/on-node.ts'
import { nsEach, type Half, type Halves } from '../../job.ts'

interface AdderApi {
  calls: { add(asked: { n: number }): { sum: number } }
}
const adder: Protocol<AdderApi> = protocol('@bench/adder')
const Adder: Server<AdderApi, undefined, number> = defineServer(adder, {
  init: (): number => 0,
  calls: { add: (calls, { n }) => reply({ sum: n + 1 }, calls + 1) },
})

const asAsync: Half<'clients' | 'calls'> = ({ clients, calls: count }) =>
  onNode(async (self) => {
    const server = await startServer(self.node, Adder)
    await call(self, server, 'add', { n: 0 })
    const { node } = self
    const startMs = performance.now()
    const ends: Promise<unknown>[] = []
    for (let i = 0; i < clients; i++) {
      const client = self.spawn(async (mine) => {
        for (let n = 1; n <= count; n++) await call(mine, server, 'add', { n })
      })
      ends.push(node.exited(client))
    }
    await Promise.all(ends)
    const figures = nsEach(startMs, clients * count)
    await stopServer(self, server)
    return figures
  })

interface ClientApi {
  info: ResponseMessage
}
interface Asking {
  readonly server: ServerPid<AdderApi>
  readonly count: number
}
interface Asked extends Asking {
  readonly n: number
  readonly request: RequestId<{ sum: number }>
}
const client: Protocol<ClientApi> = protocol('@bench/client')
const Client: Server<ClientApi, Asking, Asked> = defineServer(client, {
  init: ({ server, count }: Asking, { self }): Asked => ({
    server,
    count,
    n: 1,
    request: sendRequest(self, server, 'add', { n: 1 }),
  }),
  info: {
    response: (asked, message, { self }) => {
      const { server, count, n, request } = asked
      if (checkResponse(message, request)?.type !== 'reply') return stop('no answer')
      if (n === count) return stop('normal')
      return noreply({ server, count, n: n + 1, request: sendRequest(self, server, 'add', { n: n + 1 }) })
    },
  },
})

const asCallback: Half<'clients' | 'calls'> = ({ clients, calls: count }) =>
  onNode(async (self) => {
    const server = await startServer(self.node, Adder)
    await call(self, server, 'add', { n: 0 })
    const startMs = performance.now()
    const ends: Promise<unknown>[] = []
    for (let i = 0; i < clients; i++)
      ends.push(self.node.exited(await startServer(self.node, Client, { server, count })))
    await Promise.all(ends)
    const figures = nsEach(startMs, clients * count)
    await stopServer(self, server)
    return figures
  })

export const servercalls: Halves = { async: asAsync, callback: asCallback }
