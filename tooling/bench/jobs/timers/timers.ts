/** Timers that are all started, far ahead and in no order, and then all cancelled. */
import type { Ref } from '@agner/core'
import { onNode } from '../../agner/on-node.ts'
import { nsEach, type Half, type Halves } from '../../job.ts'

const asAsync: Half<'timers'> = ({ timers: count }) =>
  onNode<number>(async (self) => {
    const { pid } = self
    const refs: Ref[] = []
    const startMs = performance.now()
    for (let i = 0; i < count; i++) refs.push(self.sendAfter(60_000 + ((i * 7919) % 100_003), pid, i))
    for (const ref of refs) self.cancelTimer(ref)
    return nsEach(startMs, count)
  })

export const timers: Halves = { async: asAsync }
