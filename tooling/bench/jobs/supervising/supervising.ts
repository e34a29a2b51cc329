/** A child of a supervisor, a server: started, terminated, restarted, terminated and deleted. */
import {
  defineServer,
  deleteChild,
  protocol,
  restartChild,
  startChild,
  startSupervisor,
  terminateChild,
  type Protocol,
} from '@agner/behaviours'
import { onNode } from '../../agner/on-node.ts'
import { nsEach, type Half, type Halves } from '../../job.ts'

const quiet: Protocol<Record<never, never>> = protocol('@bench/quiet')
const Quiet = defineServer(quiet, { init: (): number => 0 })

const asAsync: Half<'rounds'> = ({ rounds }) =>
  onNode<never>(async (self) => {
    const supervisor = await startSupervisor(self, { children: [] })
    const startMs = performance.now()
    for (let round = 0; round < rounds; round++) {
      await startChild(self, supervisor, Quiet.child({ id: 'child' }))
      await terminateChild(self, supervisor, 'child')
      await restartChild(self, supervisor, 'child')
      await terminateChild(self, supervisor, 'child')
      await deleteChild(self, supervisor, 'child')
    }
    return nsEach(startMs, rounds)
  })

export const supervising: Halves = { async: asAsync }
