/**
 * Processes that end as soon as they run, spawned by one parent a thousand at a time: the last of each thousand tells it, and it goes
 * on. Without that a parent that nothing pre-empts would have them all alive at once, which is another job.
 */
import { finish, type AnyPid, type AsyncBody, type CallbackBody, type Process } from '@agner/core'
import { onNode } from '../../agner/on-node.ts'
import { nsEach, type Half, type Halves } from '../../job.ts'

export const batch = 1000

type Body = AsyncBody<never> | CallbackBody<never, null>

interface Bodies {
  readonly other: Body
  /** Tells `parent` before it ends. */
  last(parent: AnyPid): Body
}

const asAsync: Bodies = {
  other: async () => {},
  last: (parent) => async (self) => self.send(parent, 'done' as never),
}

const ending: CallbackBody<never, null> = { init: () => finish(), message: () => null }

const asCallback: Bodies = {
  other: ending,
  last: (parent) => ({
    init: (self) => {
      self.send(parent, 'done' as never)
      return finish()
    },
    message: () => null,
  }),
}

/** Spawns `count` processes, rounded up to whole batches, and sees them end. */
export async function spawnAndExit(self: Process<'done'>, bodies: Bodies, count: number): Promise<void> {
  const last = bodies.last(self.pid)
  for (let left = count; left > 0; left -= batch) {
    for (let i = 1; i < batch; i++) self.spawn(bodies.other)
    self.spawn(last)
    await self.receive()
  }
}

function half(bodies: Bodies): Half<'count'> {
  return ({ count }) =>
    onNode<'done'>(async (self) => {
      const startMs = performance.now()
      await spawnAndExit(self, bodies, count)
      return nsEach(startMs, count)
    })
}

export { asAsync }
export const spawning: Halves = { async: half(asAsync), callback: half(asCallback) }
