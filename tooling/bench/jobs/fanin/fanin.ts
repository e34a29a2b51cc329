/** Many senders, one mailbox: once all are there each sends its messages, and the receiver counts them. */
import { finish, type AsyncBody, type CallbackBody, type Pid, type Process } from '@agner/core'
import { onNode } from '../../agner/on-node.ts'
import { nsEach, type Half, type Halves } from '../../job.ts'

interface Item {
  readonly from: number
  readonly n: number
}

interface Bodies {
  sender(id: number, to: Pid<Item>, messages: number): AsyncBody<'go'> | CallbackBody<'go', null>
  receiver(driver: Pid<'done'>, total: number): AsyncBody<Item> | CallbackBody<Item, number>
}

function sendAll(self: Process<'go'>, to: Pid<Item>, from: number, messages: number): void {
  for (let n = 0; n < messages; n++) self.send(to, { from, n })
}

const asAsync: Bodies = {
  sender: (id, to, messages) => async (self) => {
    await self.receive()
    sendAll(self, to, id, messages)
  },
  receiver: (driver, total) => async (self) => {
    for (let left = total; left > 0; left--) await self.receive()
    self.send(driver, 'done')
  },
}

const asCallback: Bodies = {
  sender: (id, to, messages) => ({
    init: () => null,
    message: (self) => {
      sendAll(self, to, id, messages)
      return finish()
    },
  }),
  receiver: (driver, total) => ({
    init: () => total,
    message: (self, _item, left) => {
      if (left === 1) self.send(driver, 'done')
      return left - 1
    },
  }),
}

function half(bodies: Bodies): Half<'senders' | 'messages'> {
  return ({ senders, messages }) =>
    onNode<'done'>(async (self) => {
      const total = senders * messages
      const receiver = self.spawn<Item, number>(bodies.receiver(self.pid, total))
      const pids = Array.from({ length: senders }, (_, id) =>
        self.spawn<'go', null>(bodies.sender(id, receiver, messages)),
      )
      const startMs = performance.now()
      for (const pid of pids) self.send(pid, 'go')
      await self.receive()
      return nsEach(startMs, total)
    })
}

export const fanin: Halves = { async: half(asAsync), callback: half(asCallback) }
