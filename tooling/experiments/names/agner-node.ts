/**
 * One node of a cluster of Agner, in an operating-system process of its own: takes orders from stdin, a line each, and answers each with a line
 * of JSON. names_node.erl is the same in Erlang.
 *
 *     node agner-node.js '{"name":…,"port":…,"hosts":{…},"cookie":…,"groups":{…}}'       groups null: names for all
 */
import { createInterface } from 'node:readline'
import { createNode, type AnyPid, type Process } from '../../../packages/core/src/index.ts'
import { startDistribution } from '../../../packages/distribution/src/index.ts'
import { startGlobal } from '../../../packages/global/src/index.ts'
import { startGroups } from '../../../packages/groups/src/index.ts'

/** What a node is told at its start. */
export interface NodeSettings {
  readonly name: string
  readonly port: number
  /** Where each listens. */
  readonly hosts: Readonly<Record<string, string>>
  readonly cookie: string
  /** Null: one name space for all. */
  readonly groups: Readonly<Record<string, readonly string[]>> | null
}

interface Names {
  register(self: Process<never>, name: string, pid: AnyPid): Promise<boolean>
  unregister(self: Process<never>, name: string): Promise<unknown>
  /** Resolves when all that share the names with this node do so. */
  together(): Promise<boolean>
}

const settings = JSON.parse(process.argv[2]!) as NodeSettings
const { name, port, hosts, cookie, groups } = settings
const node = createNode({ name })
const distribution = await startDistribution(node, {
  cookie,
  hosts,
  listen: { host: '127.0.0.1', port },
  portMapper: false,
  // A thread for each node: on one machine with many of them it is in the way, and Erlang has none.
  liveness: false,
})
const names = await (groups === null ? flat() : grouped(groups))

async function flat(): Promise<Names> {
  const global = await startGlobal(node, distribution)
  const others = Object.keys(hosts).filter((other) => other !== name)
  return {
    register: (self, wanted, pid) => global.register(self, wanted, pid),
    unregister: (self, wanted) => global.unregister(self, wanted),
    together: async () => {
      await Promise.all(others.map((other) => distribution.connect(other)))
      return global.sync({ nodes: others, timeoutMs: 60_000 })
    },
  }
}

async function grouped(all: Readonly<Record<string, readonly string[]>>): Promise<Names> {
  const own = Object.keys(all).find((group) => all[group]!.includes(name))!
  const running = await startGroups(node, distribution, { groups: all, redialMs: 100 })
  return {
    register: (self, wanted, pid) => running.register(self, own, wanted, pid),
    unregister: (self, wanted) => running.unregister(self, own, wanted),
    together: () => running.sync(own, { timeoutMs: 60_000 }),
  }
}

/** Runs as a process, and gives what it returns. */
function asProcess<T>(body: (self: Process<never>) => Promise<T>): Promise<T> {
  return new Promise((resolve) => void node.spawn<never>(async (self) => resolve(await body(self))))
}

const nowUs = (): number => performance.now() * 1000
let count = 0
const nextName = (): string => `${name}-${++count}`
const owner = node.spawn<never>(async (self) => void (await self.receive()))

/** One after the other, while nobody else does anything. */
const latency = (pairs: number) =>
  asProcess(async (self) => {
    const [register, unregister]: [number[], number[]] = [[], []]
    for (let i = 0; i < pairs; i++) {
      const wanted = nextName()
      const beganUs = nowUs()
      if (!(await names.register(self, wanted, owner))) throw new Error(`${wanted} was refused`)
      const registeredUs = nowUs()
      await names.unregister(self, wanted)
      register.push(registeredUs - beganUs)
      unregister.push(nowUs() - registeredUs)
    }
    return { register, unregister }
  })

/** As many as go, until the time is over; the one that is under way then does not count. */
const contend = (forMs: number) =>
  asProcess(async (self) => {
    const beganMs = performance.now()
    for (let pairs = 0; ; pairs++) {
      const wanted = nextName()
      if (!(await names.register(self, wanted, owner))) throw new Error(`${wanted} was refused`)
      await names.unregister(self, wanted)
      if (performance.now() - beganMs >= forMs) return { pairs }
    }
  })

async function obey(order: string, argument: number): Promise<unknown> {
  if (order === 'together') return { together: await names.together(), nodes: distribution.nodes().length }
  if (order === 'latency') return latency(argument)
  if (order === 'contend') return contend(argument)
  throw new Error(`What is ${order}?`)
}

const say = (answer: unknown): void => void process.stdout.write(`${JSON.stringify(answer)}\n`)

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const [order = '', argument] = line.split(' ')
  obey(order, Number(argument)).then(say, (error: unknown) => say({ error: String(error) }))
})
lines.on('close', () => process.exit(0))
say({ ready: name })
