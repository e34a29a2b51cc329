/**
 * Casts from one process to one server: until it has handled all of them. After so many the sender gives the server a turn, as Erlang's is
 * made to: what nobody takes in is kept, and the collector pays for it.
 */
import {
  call,
  cast,
  defineServer,
  noreply,
  protocol,
  reply,
  startServer,
  stopServer,
  type Protocol,
  type Server,
} from '@agner/behaviours'
import { onNode } from '../../agner/on-node.ts'
import { nsEach, type Half, type Halves } from '../../job.ts'

interface SumApi {
  calls: { sum(): number }
  casts: { add(more: { n: number }): void }
}
const sum: Protocol<SumApi> = protocol('@bench/sum')
const Sum: Server<SumApi, undefined, number> = defineServer(sum, {
  init: (): number => 0,
  calls: { sum: (total) => reply(total, total) },
  casts: { add: (total, { n }) => noreply(total + n) },
})

const castsPerTurn = 1000

const asAsync: Half<'casts'> = ({ casts: count }) =>
  onNode(async (self) => {
    const server = await startServer(self.node, Sum, undefined, { mailboxLimit: Infinity })
    await call(self, server, 'sum')
    const startMs = performance.now()
    for (let n = 0; n < count; n++) {
      cast(self, server, 'add', { n: 1 })
      if (n % castsPerTurn === 0) await self.yield()
    }
    const total = await call(self, server, 'sum', undefined, { timeoutMs: Infinity })
    const figures = nsEach(startMs, count)
    if (total !== count) throw new Error(`the server summed ${total} of ${count}`)
    await stopServer(self, server)
    return figures
  })

export const casting: Halves = { async: asAsync }
