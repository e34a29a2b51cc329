/** Live bytes after very many processes have come and gone, as times what they were after the first hundredth. */
import { liveBytes } from '../../agner/heap.ts'
import { onNode } from '../../agner/on-node.ts'
import type { Half, Halves } from '../../job.ts'
import { asAsync, spawnAndExit } from '../spawning/spawning.ts'

const half: Half<'count'> = ({ count }) =>
  onNode<'done'>(async (self) => {
    await spawnAndExit(self, asAsync, count / 100)
    const early = await self.wait(liveBytes())
    await spawnAndExit(self, asAsync, count)
    const late = await self.wait(liveBytes())
    return { times: late / early, bytesEach: (late - early) / count }
  })

export const churn: Halves = { async: half }
