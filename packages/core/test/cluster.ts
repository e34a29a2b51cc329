/**
 * Two nodes of one runtime with a network between them, and the modules that both know.
 */
import { createVirtualRuntime, type VirtualRuntime } from '@agner/testing'
import { defineModule, reply, type Module, type Pid, type Process, type Request } from '../src/index.ts'
import { connect, type MemoryNetwork } from './memory-network.ts'
import { createWorld, type World } from './world.ts'

export interface Cluster {
  readonly runtime: VirtualRuntime
  readonly a: World
  readonly b: World
  readonly network: MemoryNetwork
}

/** Waits for a message and ends with it. */
export const waiter = async (self: Process<string>): Promise<void> => self.exit(await self.receive())

type Echo = Request<number, number>

const modules: Module[] = [
  defineModule('m', '1', {
    waits: waiter,
    led: async (self: Process<never>, to: unknown) => self.send(to as Pid<unknown>, self.groupLeader),
    fails: () => Promise.reject(new Error('at once')),
    echo: {
      init: () => null,
      message: (_self: Process<Echo>, request: Echo) => {
        reply(request, request.payload)
        return null
      },
    },
  }),
]

export function createCluster(runtime: VirtualRuntime = createVirtualRuntime()): Cluster {
  const a = createWorld({ name: 'a@sim', runtime, modules })
  const b = createWorld({ name: 'b@sim', runtime, modules })
  return { runtime, a, b, network: connect(runtime, a.node, b.node) }
}
