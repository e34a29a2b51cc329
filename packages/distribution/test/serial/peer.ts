/** The program of a node in an OS process of its own, for the tests with real sockets: it says what happens to it. */
import { defineModule, reply, type Process, type Request } from '@agner/core'
// Only types: this package cannot have testing among its dependencies, and a process of its own finds nothing else.
import type { PeerProgram } from '@agner/testing'

export type Event = Record<string, unknown> & { readonly event: string }

export interface PeerCalls {
  flood(node: string, count: number): void
  hold(ms: number): Promise<void>
}

const Echo = defineModule('echo', '1', {
  run: async (self: Process<Request<unknown, unknown>>, _argument: unknown) => {
    for (;;) {
      const request = await self.receive()
      reply(request, request.payload)
    }
  },
})

const program: PeerProgram<PeerCalls> = {
  node: ({ say }) => ({
    modules: [Echo],
    report: (report) => void say({ event: 'report', report: report.type === 'notice' ? report.text : report.type }),
  }),
  start: ({ node, distribution, say }) => {
    if (distribution === null) throw new Error('these tests are about its distribution')
    node.spawn(Echo.functions.run as never, { name: 'echo' })
    node.spawn<unknown>(
      async (self) => {
        for (;;) void say({ event: 'got', message: await self.receive() })
      },
      { name: 'sink' },
    )
    distribution.onHealthChange(({ type, node: about }) => void say({ event: type, node: about }))
    distribution.onNodeChange(
      (change) =>
        void say({ event: change.type, node: change.node, reason: change.type === 'nodedown' ? change.reason : null }),
    )
    return {
      flood: (other, count) => {
        node.spawn(async (self: Process<never>) => {
          for (let number = 0; number < count; number++) {
            self.send({ name: 'flooded', node: other }, { number } as never)
            if (number % 1000 === 0) await self.yield()
          }
        })
      },
      hold: async (ms) => {
        // Said before, since afterwards is too late.
        await say({ event: 'holding' })
        const endMs = performance.now() + ms
        while (performance.now() < endMs);
        await say({ event: 'held' })
      },
    }
  },
}

export default program
