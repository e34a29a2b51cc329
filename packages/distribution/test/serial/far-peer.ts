/**
 * A node in a network namespace of its own. One of its processes, the watcher, has links, monitors and a request to the other node, and says
 * what comes into its mailbox, in that order.
 */
import { createInterface } from 'node:readline'
import { createNode, reply, Request, type AnyPid, type NameAddress, type Pid } from '@agner/core'
import { startDistribution } from '../../src/index.ts'
import type { FarOptions } from './far-peers.ts'

const { name, cookie, host, port, hosts, tickMs, liveness } = JSON.parse(process.argv[2] ?? '{}') as FarOptions
const say = (event: Record<string, unknown>): void => void process.stdout.write(`${JSON.stringify(event)}\n`)

const node = createNode({ name, report: () => {} })
const distribution = await startDistribution(node, {
  cookie,
  listen: { host, port },
  hosts,
  portMapper: false,
  tickMs,
  handshakeTimeoutMs: 2000,
  liveness,
  log: ({ text }) => say({ event: 'log', text }),
})

/** Answers where it is, and to nothing else. */
const target = node.spawn<unknown>(
  async (self) => {
    self.trapExits(true)
    for (;;) {
      const message = await self.receive()
      if (message instanceof Request && message.payload === 'where')
        reply(message as Request<unknown, unknown>, self.pid)
      else if (message instanceof Request && message.payload === 'echo')
        reply(message as Request<unknown, unknown>, 'echo')
    }
  },
  { name: 'target' },
)

/** Counts up, and notices when a number is not the next. */
node.spawn<{ readonly number: number; readonly last: boolean }>(
  async (self) => {
    let [next, wrong] = [0, 0]
    for (;;) {
      const { number, last } = await self.receive()
      if (number !== next) wrong++
      next = number + 1
      if (!last) continue
      say({ event: 'counted', count: next, wrong })
      next = wrong = 0
    }
  },
  { name: 'counter' },
)

interface Order {
  readonly do: 'watch' | 'churn' | 'load' | 'connect' | 'disconnect' | 'stats'
  readonly node: string
  readonly count: number
}
const watcher = node.spawn<unknown>(
  async (self) => {
    self.trapExits(true)
    distribution.monitorNodes(self)
    distribution.monitorHealth(self)
    let pending = 0
    const watch = async (other: string): Promise<void> => {
      const to: NameAddress = { name: 'target', node: other }
      const pid = (await self.request(to as never, 'where' as never)) as Pid<unknown>
      self.monitor(pid as AnyPid)
      self.monitor(to)
      self.link(pid as AnyPid)
      pending++
      // Never answered: it must fail when the connection does, long before its time.
      void self.request(pid, 'hole', { timeoutMs: 60_000 }).then(
        () => say({ event: 'answered' }),
        (error: unknown) => {
          pending--
          if (!isChurning) say({ event: 'seen', type: 'failed', reason: reasonOf(error) })
        },
      )
    }
    /** Connects and is disconnected so often; counts what comes. */
    const churn = async (other: string, count: number): Promise<void> => {
      const seen = new Map<string, number>()
      for (let round = 0; round < count; round++) {
        await watch(other)
        // In turns this side and the other end it.
        if (round % 2 === 0) distribution.disconnect(other)
        else self.send({ name: 'hangUp', node: other } as never, name as never)
        for (let isDown = false; !isDown;) {
          const { type, reason } = (await self.receive()) as { type: string; reason?: unknown }
          const key = type === 'nodeup' || type === 'nodedown' ? type : `${type} ${String(reason)}`
          seen.set(key, (seen.get(key) ?? 0) + 1)
          isDown = type === 'nodedown'
        }
      }
      say({ event: 'churned', seen: Object.fromEntries(seen), pending })
    }
    let isChurning = false
    for (;;) {
      const message = (await self.receive()) as {
        type?: string
        order?: Order
        reason?: unknown
        node?: string
        lagMs?: number
      }
      const { order } = message
      if (order?.do === 'watch') {
        await watch(order.node)
        say({ event: 'watching' })
      } else if (order?.do === 'churn') {
        isChurning = true
        await churn(order.node, order.count)
        isChurning = false
      } else say({ event: 'seen', type: message.type, reason: message.reason ?? null })
    }
  },
  { name: 'watcher' },
)

/** The other side asks to be disconnected. */
node.spawn<string>(
  async (self) => {
    for (;;) distribution.disconnect(await self.receive())
  },
  { name: 'hangUp' },
)

function reasonOf(error: unknown): unknown {
  const { code, details } = error as { code?: string; details?: { reason?: unknown } }
  return details?.reason ?? code
}

/** Casts and calls, so many of each ten to one. */
async function load(other: string, count: number): Promise<void> {
  await node.exited(
    node.spawn(async (self) => {
      const target: NameAddress = { name: 'target', node: other }
      let answered = 0
      for (let number = 0; number < count; number++) {
        self.send({ name: 'counter', node: other } as never, { number, last: number === count - 1 } as never)
        if (number % 10 !== 0) continue
        if ((await self.request(target as never, 'echo' as never, { timeoutMs: 30_000 })) === 'echo') answered++
      }
      say({ event: 'loaded', answered })
    }),
  )
}

function stats(): void {
  globalThis.gc?.()
  const relations = [watcher, target].map((pid) => {
    const {
      links = [],
      monitors = [],
      monitoredBy = [],
    } = node.processInfo(pid, ['links', 'monitors', 'monitoredBy']) ?? {}
    return links.length + monitors.length + monitoredBy.length
  })
  say({
    event: 'stats',
    processes: node.processCount(),
    relations,
    sockets: process.getActiveResourcesInfo().filter((kind) => kind.includes('TCPSocket')).length,
    heapBytes: process.memoryUsage().heapUsed,
    ...distribution.stats(),
  })
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line) as Order
  if (order.do === 'connect') void distribution.connect(order.node).then((made) => say({ event: 'connected', made }))
  else if (order.do === 'disconnect') distribution.disconnect(order.node)
  else if (order.do === 'load') void load(order.node, order.count)
  else if (order.do === 'stats') stats()
  else node.send(watcher, { order })
})
say({ event: 'ready' })
