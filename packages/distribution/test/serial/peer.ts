/**
 * A node in an OS process of its own, for the tests with real sockets. It is told what to do by lines on stdin, and
 * says what happens on stdout, one JSON object a line.
 */
import { createInterface } from 'node:readline'
import { createNode, defineModule, reply, type Process, type Request } from '@agner/core'
import { startDistribution } from '../../src/index.ts'
import type { PeerOptions } from './peers.ts'

const [name = '', cookie = '', mapperPort = '0', options = '{}'] = process.argv.slice(2)
const say = (event: Record<string, unknown>): void => void process.stdout.write(`${JSON.stringify(event)}\n`)

const Echo = defineModule('echo', '1', {
  run: async (self: Process<Request<unknown, unknown>>, _argument: unknown) => {
    for (;;) {
      const request = await self.receive()
      reply(request, request.payload)
    }
  },
})

const node = createNode({
  name,
  modules: [Echo],
  report: (report) => say({ event: 'report', report: report.type === 'notice' ? report.text : report.type }),
})
const distribution = await startDistribution(node, {
  cookie,
  portMapper: mapperPort === '0' ? false : { port: Number(mapperPort) },
  ...(JSON.parse(options) as PeerOptions),
})
node.spawn(Echo.functions.run as never, { name: 'echo' })
node.spawn<unknown>(
  async (self) => {
    for (;;) say({ event: 'got', message: await self.receive() })
  },
  { name: 'sink' },
)
distribution.onHealthChange(({ type, node: about }) => say({ event: type, node: about }))
distribution.onNodeChange((change) =>
  say({ event: change.type, node: change.node, reason: change.type === 'nodedown' ? change.reason : null }),
)
say({ event: 'ready', address: distribution.listenAddress })

const carryOut = async (line: string): Promise<void> => {
  const order = JSON.parse(line) as {
    readonly do: string
    readonly node: string
    readonly ms: number
    readonly count: number
  }
  if (order.do === 'connect') say({ event: 'connected', made: await distribution.connect(order.node) })
  else if (order.do === 'flood')
    node.spawn(async (self: Process<never>) => {
      for (let number = 0; number < order.count; number++) {
        self.send({ name: 'flooded', node: order.node }, { number } as never)
        if (number % 1000 === 0) await self.yield()
      }
    })
  else if (order.do === 'hold') {
    // Said before, since afterwards is too late.
    await new Promise<void>((resolve) =>
      process.stdout.write(`${JSON.stringify({ event: 'holding' })}\n`, () => resolve()),
    )
    const endMs = performance.now() + order.ms
    while (performance.now() < endMs);
    say({ event: 'held' })
  } else if (order.do === 'stop') {
    await distribution.stop()
    await node.stop()
    // Nothing may keep the process alive now: it must end by itself.
    process.stdin.destroy()
  }
}
createInterface({ input: process.stdin }).on('line', (line) => void carryOut(line))
