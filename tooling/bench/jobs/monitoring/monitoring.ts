/** A monitor set and taken away; at the end one message to and fro, so that all of it was done. */
import type { Pid } from '@agner/core'
import { onNode } from '../../agner/on-node.ts'
import { nsEach, type Half, type Halves } from '../../job.ts'

const asAsync: Half<'pairs'> = ({ pairs }) =>
  onNode<'seen'>(async (self) => {
    const target = self.spawn<Pid<'seen'>>(async (other) => other.send(await other.receive(), 'seen'))
    const startMs = performance.now()
    for (let i = 0; i < pairs; i++) self.demonitor(self.monitor(target))
    self.send(target, self.pid)
    await self.receive()
    return nsEach(startMs, pairs)
  })

export const monitoring: Halves = { async: asAsync }
