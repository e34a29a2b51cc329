/** Calls to a server, from a process with many unread messages: the answer must not be looked for among them. */
import { reply, type CallbackBody, type Request } from '@agner/core'
import { onNode } from '../../agner/on-node.ts'
import { nsEach, type Half, type Halves } from '../../job.ts'

interface Unread {
  readonly type: 'unread'
  readonly n: number
}

/** What gen_server:call is on Erlang's side: a request with its monitor, its alias and its timeout of five seconds. */
const server: CallbackBody<Request<{ n: number }, { n: number }>, number> = {
  init: () => 0,
  message: (_self, request, calls) => {
    reply(request, { n: request.payload.n + 1 })
    return calls + 1
  },
}

const asAsync: Half<'unread' | 'calls'> = ({ unread, calls: count }) =>
  onNode<Unread>(async (self) => {
    const { pid } = self
    const target = self.spawn(server)
    for (let n = 0; n < unread; n++) self.send(pid, { type: 'unread', n })
    await self.request(target, { n: 0 })
    const startMs = performance.now()
    for (let n = 0; n < count; n++) await self.request(target, { n })
    return nsEach(startMs, count)
  })

export const calls: Halves = { async: asAsync }
