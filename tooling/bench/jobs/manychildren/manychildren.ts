/** A supervisor with many children, all servers: started, one restarted, all stopped. Per child, at the size and at a tenth of it. */
import { call, defineServer, protocol, reply, startSupervisor, stopServer, type Protocol } from '@agner/behaviours'
import type { Process } from '@agner/core'
import { onNode } from '../../agner/on-node.ts'
import type { Half, Halves } from '../../job.ts'

const kid: Protocol<{ calls: { ping(): number } }> = protocol('@bench/kid')
const Kid = defineServer(kid, { init: (): number => 0, calls: { ping: (state) => reply(1, state) } })

async function each(self: Process<never>, count: number): Promise<number> {
  const last = `c${count - 1}`
  const children = Array.from({ length: count }, (_, index) => {
    const id = `c${index}`
    return Kid.child(id === last ? { id, name: 'last' } : { id })
  })
  const startMs = performance.now()
  const supervisor = await startSupervisor(self, { children })
  const old = self.whereis('last')!
  self.sendExit(old, 'kill')
  while (self.whereis('last') === undefined || self.whereis('last') === old) await self.yield()
  await call(self, kid.at('last'), 'ping')
  await stopServer(self, supervisor)
  return ((performance.now() - startMs) * 1e6) / count
}

const asAsync: Half<'children'> = ({ children }) =>
  onNode<never>(async (self) => {
    const fewer = await each(self, children / 10)
    const value = await each(self, children)
    return { value, times: value / fewer }
  })

export const manychildren: Halves = { async: asAsync }
