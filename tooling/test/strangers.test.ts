/**
 * Whatever anybody sends to the registered processes of a node that runs everything: rubbish, messages that look like their own, requests and casts. None of
 * them ends, and what they keep is still there.
 */
import { expect, it } from 'vitest'
import { defineApplication } from '../../packages/behaviours/src/index.ts'
import {
  acquireLease,
  leaseGroup,
  memberIdOf,
  startClient,
  startLeaseMember,
} from '../../packages/consensus/src/index.ts'
import { describeReason, type AnyPid, type Node, type Process } from '../../packages/core/src/index.ts'
import { startGlobal, startPg } from '../../packages/global/src/index.ts'
import { startGroups } from '../../packages/groups/src/index.ts'
import { startDistributedApplications } from '../../packages/release/src/index.ts'
import { eachSeed, simulateCluster } from '../../packages/testing/src/index.ts'

/** What their own messages, and those of the kernel, are called. */
const types = [
  ...['nodeup', 'nodedown', 'nodesuspect', 'noderecovered', 'down', 'exit', 'timeout', 'pgJoin', 'leaseLost'],
  ...['tick', 'redial', 'begun', 'again', 'syncOver', 'review', 'changed', 'candidate', 'flush', 'decide', 'late'],
  ...['settled', 'compare', 'hello', 'put', 'took', 'told', 'check', 'mine', 'bury', 'doubt', 'choose', 'chosen'],
  ...['confirm', 'known', 'joined', 'left', 'discover', 'state', 'update', 'deliver', 'stand', 'grant', 'watch'],
  ...['raft', 'raftWatch', 'raftStored', 'raftTimeout', '$agner/cast', '$agner/call', 'constructor', '__proto__'],
]
const calls = [
  ...['reserve', 'release', 'learn', 'freeze', 'submit', 'openSession', 'closeSession', 'read', 'readLocal'],
  ...['configure', 'transfer', 'status', 'ask', 'sync', 'where', 'call', 'start', 'stop', 'load', 'unload', 'hello'],
  ...['views', 'declined', 'free', 'found', 'abandon', 'thaw', 'life', 'released', 'asked', 'toString'],
]
const fields = ['ref', 'process', 'node', 'keeper', 'nodes', 'cast', 'arg', 'call', 'name', 'reason', 'info', 'stands']

/** Messages by chance, with pids and refs in them. */
class Rubbish {
  readonly #random: () => number
  readonly #leaves: readonly unknown[]

  constructor(random: () => number, pids: readonly AnyPid[], node: Node) {
    this.#random = random
    const plain = [null, undefined, true, 0, -1, Number.NaN, 2 ** 60, 5n, '', 'constructor', 'a@cluster', 'zz']
    this.#leaves = [...plain, ...types, ...pids, node.makeRef()]
  }

  next(): unknown {
    const chance = this.#random()
    if (chance < 0.25) return { call: this.#one(calls), arg: this.#value(3) }
    if (chance < 0.4) return { type: '$agner/cast', cast: this.#one(calls), arg: this.#value(3) }
    return chance < 0.8 ? { ...this.#fields(5, 2), type: this.#one(types) } : this.#value(3)
  }

  #value(levels: number): unknown {
    const chance = levels === 0 ? 0 : this.#random()
    if (chance < 0.6) return this.#one(this.#leaves)
    if (chance < 0.8) return Array.from({ length: this.#below(4) }, () => this.#value(levels - 1))
    return this.#fields(4, levels - 1)
  }

  #fields(most: number, levels: number): Record<string, unknown> {
    const count = this.#below(most + 1)
    return Object.fromEntries(Array.from({ length: count }, () => [this.#one(fields), this.#value(levels)]))
  }

  #one<T>(of: readonly T[]): T {
    return of[this.#below(of.length)]!
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }
}

it('ends none of them', { timeout: 120_000 }, async () => {
  await eachSeed({ seeds: 6 }, async (runtime) => {
    const cluster = await simulateCluster({ runtime, nodes: ['a', 'b'], trace: false })
    const { node, distribution } = cluster.node('a')
    const stranger = cluster.node('b').node
    const global = await cluster.until(startGlobal(node, distribution))
    const pg = await cluster.until(startPg(node, distribution))
    await cluster.until(startGroups(node, distribution, { groups: { shop: ['a@cluster'] } }))
    const leases = leaseGroup('leases')
    const founders = [{ id: memberIdOf(node, 'memory'), role: 'voter' as const }]
    await cluster.until(startLeaseMember(node, leases, { founders }))
    const client = await cluster.until(startClient(node, leases))
    const app = defineApplication({ name: 'app', version: '1', start: () => ({ children: [] }) })
    const table = [{ application: app, nodes: ['a@cluster', 'b@cluster'] }]
    const applications = await cluster.until(startDistributedApplications(node, distribution, { applications: table }))
    await cluster.until(applications.start(app))
    const pid = node.spawn(async (self) => void (await self.receive()))
    expect(await cluster.until(global.register(node, 'one', pid))).toBe(true)
    pg.join('jobs', pid)
    await cluster.until(cluster.node('b').distribution.connect('a@cluster'))

    const keepers = new Map(node.registeredNames().map((name) => [name, node.whereis(name)!] as const))
    expect(keepers.size).toBeGreaterThan(8)
    const pids = [pid, stranger.spawn(async () => {}), ...keepers.values()]
    const rubbish = new Rubbish(() => runtime.random(), pids, stranger)
    for (let at = 0; at < 300; at++) {
      const message = rubbish.next()
      for (const name of keepers.keys()) {
        const to = { name, node: 'a@cluster' }
        try {
          if (at % 3 !== 0) stranger.send(to, message as never)
          else void stranger.request(to, message as never, { timeoutMs: 1000 }).catch(() => undefined)
        } catch {
          // It cannot be sent.
        }
      }
      await cluster.run(10)
      const ended = [...keepers].filter(([, keeper]) => !node.isAlive(keeper)).map(([name]) => name)
      if (ended.length > 0) throw new Error(`${ended.join()} ended at ${describeReason(message as never)}`)
    }
    await cluster.run(5000)
    expect([global.whereis('one'), pg.getMembers('jobs')]).toEqual([pid, [pid]])
    expect(applications.where(app)?.node).toBe('a@cluster')
    const lease = new Promise((resolve, reject) => {
      node.spawn(async (self: Process<never>) =>
        acquireLease(self, client, { name: 'x', atEnd: 'exit' }).then(resolve, reject),
      )
    })
    expect(await cluster.until(lease)).toMatchObject({ type: 'held' })
    await cluster.stop()
  })
})
