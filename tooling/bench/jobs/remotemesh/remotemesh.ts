/**
 * A full mesh of nodes in one OS process, over TCP: each node that joins connects to all that are there. What a connection costs, both of
 * its ends together, must not depend on how many there are. Its bytes are taken after one message each way: one that was never used has
 * not all that it will have.
 */
import { randomUUID } from 'node:crypto'
import { createNode, type Node } from '@agner/core'
import { startDistribution, type Distribution } from '@agner/distribution'
import { liveBytes } from '../../agner/heap.ts'
import type { Half, Halves } from '../../job.ts'

const steps = [10, 25, 50, 100]

interface Member {
  readonly node: Node
  readonly distribution: Distribution
}

async function start(name: string, cookie: string, there: readonly Member[]): Promise<Member> {
  const node = createNode({ name })
  const hosts = Object.fromEntries(
    there.map((one) => [one.node.name, `127.0.0.1:${one.distribution.listenAddress!.port}`]),
  )
  return { node, distribution: await startDistribution(node, { cookie, portMapper: false, hosts }) }
}

/** Each sends to all the others, and ends when all have sent to it. */
function greetings(members: readonly Member[]): Promise<unknown>[] {
  const pids = members.map(({ node }) =>
    node.spawn<string>(async (self) => {
      for (const _ of members.slice(1)) await self.receive()
    }),
  )
  for (const { node } of members) for (const pid of pids) if (pid.node !== node.name) node.send(pid, 'hello')
  return members.map(({ node }, index) => node.exited(pids[index]!))
}

async function measure(count: number): Promise<{ readonly us: number; readonly bytes: number }> {
  const cookie = randomUUID()
  const members: Member[] = []
  for (let n = 0; n < count; n++) members.push(await start(`mesh${n}@127.0.0.1`, cookie, members))
  const before = await liveBytes()
  const startMs = performance.now()
  for (const [index, { distribution }] of members.entries()) {
    const made = await Promise.all(members.slice(0, index).map(({ node }) => distribution.connect(node.name)))
    if (made.includes(false)) throw new Error(`node ${index} could not connect to all before it`)
  }
  const tookMs = performance.now() - startMs
  await Promise.all(greetings(members))
  const connections = (count * (count - 1)) / 2
  const bytes = ((await liveBytes()) - before) / connections
  await Promise.all(members.map(({ distribution }) => distribution.stop()))
  await Promise.all(members.map(({ node }) => node.stop()))
  return { us: (tookMs * 1000) / connections, bytes }
}

const asAsync: Half<'least' | 'most'> = async ({ least, most }) => {
  const figures: Record<string, number> = {}
  const taken: { readonly us: number; readonly bytes: number }[] = []
  for (const count of steps.filter((one) => one >= least && one <= most)) {
    const one = await measure(count)
    taken.push(one)
    figures[`usAt${count}`] = one.us
    figures[`bytesAt${count}`] = one.bytes
  }
  const first = taken[0]!
  const last = taken.at(-1)!
  return { ...figures, times: last.us / first.us, bytesTimes: last.bytes / first.bytes }
}

export const remotemesh: Halves = { async: asAsync }
