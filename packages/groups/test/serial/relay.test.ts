/**
 * The relay over real sockets, in real time: the gateway dies under load, another one takes over, and what arrives is in order.
 */
import { createNode, reply, type AnyPid, type Down, type Node, type Process, type Request } from '@agner/core'
import { startDistribution, type Distribution } from '@agner/distribution'
import { afterEach, expect, it } from 'vitest'
import { startGroups, type Groups } from '../../src/index.ts'

interface Member {
  readonly node: Node
  readonly distribution: Distribution
  readonly groups: Groups
}

const all = new Map<string, Member>()
const at = (name: string): string => `${name}@127.0.0.1`

afterEach(async () => {
  for (const name of [...all.keys()]) await end(name)
})

async function end(name: string): Promise<void> {
  const { node, distribution, groups } = all.get(name)!
  all.delete(name)
  groups.stop()
  await distribution.stop()
  await node.stop()
}

/** One after the other, so that each knows where those before it listen. */
async function start(plan: Readonly<Record<string, readonly string[]>>): Promise<void> {
  const groups = Object.fromEntries(Object.entries(plan).map(([group, names]) => [group, names.map(at)]))
  const hosts: Record<string, string> = {}
  for (const name of new Set(Object.values(plan).flat())) {
    const node = createNode({ name: at(name), report: () => {} })
    const cookie = 'a cookie for the tests'
    const distribution = await startDistribution(node, {
      cookie,
      portMapper: false,
      hosts: { ...hosts },
      liveness: false,
    })
    const { host, port } = distribution.listenAddress!
    hosts[at(name)] = `${host}:${port}`
    all.set(name, { node, distribution, groups: await startGroups(node, distribution, { groups, redialMs: 50 }) })
  }
  for (const { groups: own } of all.values())
    for (const group of own.own()) expect(await own.sync(group, { timeoutMs: 20_000 })).toBe(true)
}

it('messages, requests and DOWN cross two groups, also when a gateway dies on the way', async () => {
  await start({ left: ['a', 'g', 'h'], right: ['g', 'h', 'z'] })
  const [a, z] = [all.get('a')!, all.get('z')!]
  const got: number[] = []
  const sink: AnyPid = z.node.spawn<number | Request<string, number>>(async (self) => {
    for (;;) {
      const message = await self.receive()
      if (typeof message === 'number') got.push(message)
      else reply(message, got.length)
    }
  })
  await z.groups.register(z.node, 'right', 'sink', sink)
  const { relay } = a.groups
  const far = { group: 'right', name: 'sink' }
  expect(await relay.request(a.node, far, 'how many?')).toBe(0)
  const [, gateway] = relay.paths()[0]!.way
  const downs: unknown[] = []
  const watcher = a.node.spawn(async (self: Process<Down>) => {
    relay.monitor(self, far)
    downs.push((await self.receive()).reason)
  })
  let sent = 0
  const sender = a.node.spawn(async (self: Process<never>) => {
    while (sent < 3000) {
      if (relay.trySend(self, far, sent)) sent++
      else await relay.room(self, far)
      if (sent % 20 === 0) await self.sleep(1)
    }
  })
  await relay.request(a.node, far, 'how many?')
  await end(gateway!.split('@')[0]!)
  await a.node.exited(watcher)
  await a.node.exited(sender)
  const arrived = await relay.request(a.node, far, 'how many?', { timeoutMs: 20_000 })
  expect(downs).toEqual(['noconnection'])
  expect(got).toEqual(got.toSorted((one, other) => one - other))
  expect(new Set(got).size).toBe(got.length)
  expect(arrived).toBe(got.length)
  const { inDoubt, unsent, undelivered } = relay.stats()
  expect(got.length).toBeGreaterThanOrEqual(3000 - inDoubt)
  expect([unsent, undelivered]).toEqual([0, 0])
  expect(a.distribution.nodes()).not.toContain(at('z'))
  expect(relay.paths()[0]!.way[1]).not.toBe(gateway)
})
