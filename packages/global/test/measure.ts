/**
 * Registering and unregistering global names on some nodes of one program, over loopback:
 *
 *     node --conditions=@agner/source packages/global/test/measure.ts [nodes …]
 *
 * Prints, for each number of nodes, the median of a register and of an unregister by a node that does not decide, and how many of both
 * together all nodes get done in a second, with 8 processes on each that register names of their own; and what one costs all nodes together.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { createNode, type AnyPid, type Node } from '@agner/core'
import { startDistribution, type Distribution } from '@agner/distribution'
import { startGlobal, type Global } from '../src/index.ts'

const cookie = 'a cookie for measuring names'
const workers = 8
const rounds = 300
const spanMs = 2000

interface Member {
  readonly node: Node
  readonly distribution: Distribution
  readonly global: Global
}

async function start(count: number): Promise<Member[]> {
  const members: Member[] = []
  for (let index = 0; index < count; index++) {
    const node = createNode({ name: `m${count}-${index}@127.0.0.1` })
    const distribution = await startDistribution(node, { cookie, liveness: false })
    members.push({ node, distribution, global: await startGlobal(node, distribution) })
  }
  for (const one of members)
    for (const other of members) if (one !== other) await one.distribution.connect(other.node.name)
  for (const { global } of members) await global.sync()
  return members
}

const idle = (node: Node): AnyPid => node.spawn(async (self) => self.sleep(1e9))
const median = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1]!

async function latencies({ node, global }: Member): Promise<{ register: number; unregister: number }> {
  const pid = idle(node)
  const [register, unregister]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    await global.register(node, 'one', pid)
    const between = performance.now()
    await global.unregister(node, 'one')
    register.push(between - began)
    unregister.push(performance.now() - between)
  }
  return { register: median(register), unregister: median(unregister) }
}

async function rate(members: readonly Member[]): Promise<{ perSecond: number; cpuMicros: number }> {
  let done = 0
  let isOver = false
  const work = async ({ node, global }: Member, name: string): Promise<void> => {
    const pid = idle(node)
    while (!isOver) {
      await global.register(node, name, pid)
      await global.unregister(node, name)
      done += 2
    }
  }
  const all = members.flatMap((member, index) =>
    Array.from({ length: workers }, (_, worker) => work(member, `name ${index} ${worker}`)),
  )
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  await pause(spanMs)
  isOver = true
  await Promise.all(all)
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond: (done / (performance.now() - began)) * 1000, cpuMicros: (user + system) / done }
}

const counts = process.argv.slice(2).map(Number)
for (const count of counts.length > 0 ? counts : [2, 3, 4, 6, 8]) {
  const members = await start(count)
  const { register, unregister } = await latencies(members.at(-1)!)
  const { perSecond, cpuMicros } = await rate(members)
  const ms = (value: number): string => value.toFixed(2).padStart(6)
  console.log(
    `${count} nodes: register ${ms(register)} ms, unregister ${ms(unregister)} ms, ${perSecond.toFixed(0).padStart(7)} a second, ${cpuMicros.toFixed(0).padStart(4)} µs of processor each`,
  )
  for (const { global } of members) global.stop()
  await Promise.all(members.map(({ distribution }) => distribution.stop()))
  await Promise.all(members.map(({ node }) => node.stop()))
}
