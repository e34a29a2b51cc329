/** Servers that are started and stopped, one after the other: each start waits for init, each stop for the end. */
import { defineServer, protocol, startServer, stopServer, type Protocol, type Server } from '@agner/behaviours'
import { onNode } from '../../agner/on-node.ts'
import { nsEach, type Half, type Halves } from '../../job.ts'

const quiet: Protocol<object> = protocol('@bench/quiet')
const Quiet: Server<object, number, number> = defineServer(quiet, { init: (n: number): number => n })

const asAsync: Half<'servers'> = ({ servers: count }) =>
  onNode(async (self) => {
    const startMs = performance.now()
    for (let n = 0; n < count; n++) await stopServer(self, await startServer(self, Quiet, n))
    return nsEach(startMs, count)
  })

export const starting: Halves = { async: asAsync }
