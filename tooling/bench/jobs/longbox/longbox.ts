/** A mailbox that was once very long: what a message costs, and what is alive, afterwards as times what it was before. */
import type { Process } from '@agner/core'
import { liveBytes } from '../../agner/heap.ts'
import { onNode } from '../../agner/on-node.ts'
import type { Half, Halves } from '../../job.ts'

interface Message {
  readonly n: number
}

const half: Half<'length' | 'messages'> = ({ length, messages }) =>
  onNode<Message>(async (self) => {
    await nsPerMessage(self, messages)
    const bytesBefore = await self.wait(liveBytes())
    const nsBefore = await nsPerMessage(self, messages)
    for (let n = 0; n < length; n++) self.send(self.pid, { n })
    for (let n = 0; n < length; n++) await self.receive()
    const bytesAfter = await self.wait(liveBytes())
    const nsAfter = await nsPerMessage(self, messages)
    return { times: nsAfter / nsBefore, memoryTimes: bytesAfter / bytesBefore }
  })

async function nsPerMessage(self: Process<Message>, messages: number): Promise<number> {
  const startMs = performance.now()
  for (let n = 0; n < messages; n++) {
    self.send(self.pid, { n })
    await self.receive()
  }
  return ((performance.now() - startMs) * 1e6) / messages
}

export const longbox: Halves = { async: half }
