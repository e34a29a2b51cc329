/** Events to a manager with several handlers, from one process: until all handlers have handled all of them. */
import {
  addHandler,
  callHandler,
  defineEventManager,
  defineHandler,
  handlerProtocol,
  noreply,
  notify,
  protocol,
  reply,
  startEventManager,
  stopServer,
  syncNotify,
  type Handler,
  type HandlerProtocol,
  type Protocol,
} from '@agner/behaviours'
import { onNode } from '../../agner/on-node.ts'
import { nsEach, type Half, type Halves } from '../../job.ts'

interface SumApi {
  events: { type: 'added'; n: number }
}
interface SummerApi {
  calls: { sum(): number }
}
const sums: Protocol<SumApi> = protocol('@bench/sums')
const summer: HandlerProtocol<SumApi, SummerApi> = handlerProtocol(sums, '@bench/summer')
const Sums = defineEventManager(sums)
const Summer: Handler<SumApi, SummerApi, void> = defineHandler(summer, {
  init: (): number => 0,
  events: { added: (sum, { n }) => noreply(sum + n) },
  calls: { sum: (sum) => reply(sum, sum) },
})

const asAsync: Half<'handlers' | 'events'> = ({ handlers, events: count }) =>
  onNode(async (self) => {
    const manager = await startEventManager(self, Sums)
    for (let n = 1; n <= handlers; n++) await addHandler(self, manager, Summer.as(n))
    await syncNotify(self, manager, { type: 'added', n: 0 })
    const startMs = performance.now()
    for (let n = 1; n <= count; n++) notify(self, manager, { type: 'added', n: 1 })
    await syncNotify(self, manager, { type: 'added', n: 0 }, { timeoutMs: Infinity })
    const figures = nsEach(startMs, count)
    const sum = await callHandler(self, manager, summer.as(1), 'sum')
    if (sum !== count) throw new Error(`the handler summed ${sum} of ${count}`)
    await stopServer(self, manager)
    return figures
  })

export const events: Halves = { async: asAsync }
