/** Processes that each spawned and linked the next one: the first is ended, and the last one's end comes to who monitors it. */
import type { AnyPid, AsyncBody, Down, Pid } from '@agner/core'
import { onNode } from '../../agner/on-node.ts'
import { nsEach, type Half, type Halves } from '../../job.ts'

interface Built {
  readonly type: 'built'
  readonly last: AnyPid
}

function link(below: number, driver: Pid<Built>): AsyncBody<never> {
  return async (self) => {
    if (below === 0) self.send(driver, { type: 'built', last: self.pid })
    else self.spawnLink(link(below - 1, driver))
    await self.receive()
  }
}

const asAsync: Half<'processes'> = ({ processes }) =>
  onNode<Built | Down>(async (self) => {
    const first = self.spawn(link(processes - 1, self.pid))
    const { last } = await self.receive((message): message is Built => message.type === 'built')
    self.monitor(last)
    const startMs = performance.now()
    self.sendExit(first, 'broken')
    await self.receive((message): message is Down => message.type === 'down')
    return nsEach(startMs, processes)
  })

export const chain: Halves = { async: asAsync }
