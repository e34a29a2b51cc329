/** What a process takes that waits for its first message: live bytes of the heap with all of them, less those without, for each. */
import type { AsyncBody, CallbackBody, Pid } from '@agner/core'
import { liveBytes } from '../../agner/heap.ts'
import { onNode } from '../../agner/on-node.ts'
import { single, type Half, type Halves } from '../../job.ts'

type Body = AsyncBody<number> | CallbackBody<number, number>

interface Bodies {
  readonly waiting: Body
  /** The last to run: it tells the driver that all have run. */
  last(driver: Pid<'all'>): Body
}

const asAsync: Bodies = {
  waiting: async (self) => {
    await self.receive()
  },
  last: (driver) => async (self) => {
    self.send(driver, 'all')
    await self.receive()
  },
}

const count = (_self: unknown, add: number, sum: number): number => sum + add

const asCallback: Bodies = {
  waiting: { init: () => 0, message: count },
  last: (driver) => ({
    init: (self) => {
      self.send(driver, 'all')
      return 0
    },
    message: count,
  }),
}

function half(bodies: Bodies): Half<'live'> {
  return ({ live }) =>
    onNode<'all'>(async (self) => {
      const before = await self.wait(liveBytes())
      // The driver is one of the living.
      for (let i = 2; i < live; i++) self.spawn<number, number>(bodies.waiting)
      self.spawn<number, number>(bodies.last(self.pid))
      await self.receive()
      return single(((await self.wait(liveBytes())) - before) / (live - 1))
    })
}

export const idle: Halves = { async: half(asAsync), callback: half(asCallback) }
