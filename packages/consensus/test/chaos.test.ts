/**
 * Whole members on nodes, under faults of every kind: what was acknowledged is there, once; what was refused is not; what nobody knows is there once at most.
 */
import { nodeOfMember } from '@agner/consensus'
import { eachSeed, type VirtualRuntime } from '@agner/testing'
import { expect, test } from 'vitest'
import { BankCluster, codeOf, type BankClient } from './bank-cluster.ts'

const voters = ['a', 'b', 'c'] as const
/** Clients only: they are never crashed, so what they were told can be counted. */
const guests = ['d', 'e'] as const

interface Counts {
  acknowledged: number
  unknown: number
  refused: number
}

class Chaos {
  readonly #group: BankCluster
  readonly #runtime: VirtualRuntime
  readonly counts: Counts = { acknowledged: 0, unknown: 0, refused: 0 }
  reads = 0
  readonly #waiting = new Set<Promise<void>>()

  constructor(group: BankCluster, runtime: VirtualRuntime) {
    this.#group = group
    this.#runtime = runtime
  }

  #pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.#runtime.random() * of.length)]!
  }

  submit(client: BankClient, name: string): void {
    const { node } = this.#group.cluster.node(name)
    const asked = codeOf(client.submit(node, { type: 'add', to: 'all', by: 1 }, { timeoutMs: 1200 })).then((code) => {
      if (code.startsWith('resolved')) this.counts.acknowledged++
      else if (code === 'consensus.unknown_outcome') this.counts.unknown++
      else if (code === 'consensus.unavailable' || code === 'consensus.busy') this.counts.refused++
      else throw new Error(code)
    })
    this.#waiting.add(asked)
  }

  /** Sees everything that was acknowledged before it was asked. */
  read(client: BankClient, name: string): void {
    const { node } = this.#group.cluster.node(name)
    const { acknowledged } = this.counts
    const asked = client.read(node, { of: 'all' }, { timeoutMs: 1200 }).then(
      (balance) => {
        this.reads++
        if (balance < acknowledged) throw new Error(`read ${balance}, and ${acknowledged} were acknowledged before`)
      },
      () => {},
    )
    this.#waiting.add(asked)
  }

  async fault(): Promise<void> {
    const { cluster } = this.#group
    const victim = this.#pick(voters)
    const others = cluster.names.filter((name) => name !== victim)
    switch (this.#pick(['partition', 'oneWay', 'drop', 'hold', 'restart', 'transfer', 'heal'] as const)) {
      case 'partition':
        return cluster.partition([victim], others)
      case 'oneWay':
        return cluster.cutOneWay(victim, this.#pick(others))
      case 'drop':
        return cluster.drop(victim, this.#pick(others))
      case 'hold':
        return cluster.hold(victim, 1500)
      case 'restart':
        return this.#restart(victim)
      case 'transfer':
      case 'heal':
        return cluster.heal()
    }
  }

  /** A node dies, and comes back as another member, which takes the old one's place. */
  async #restart(victim: string): Promise<void> {
    const { cluster } = this.#group
    cluster.heal()
    const before = this.#group.members.get(victim)!
    const member = await this.#group.join(await cluster.restart(victim))
    const { node } = cluster.node('d')
    const client = await this.#group.client('d', { nodes: voters.map((name) => `${name}@cluster`) })
    const options = { timeoutMs: 60_000 }
    await cluster.until(client.removeMember(node, before.id, options))
    await cluster.until(client.addMember(node, member.id, 'voter', options))
  }

  async settle(): Promise<void> {
    await this.#group.cluster.until(Promise.all(this.#waiting))
  }
}

test('acknowledged once, unknown once at most, refused never', async () => {
  let reads = 0
  const sums: Counts = { acknowledged: 0, unknown: 0, refused: 0 }
  await eachSeed({ seeds: 4 }, async (runtime, seed) => {
    const group = await BankCluster.found({
      nodes: voters,
      later: guests,
      runtime,
      limits: { snapshotEntries: 8 + (seed % 3) * 10 },
      settings: { batchEntries: 4, pipeline: 2, heartbeatMs: 200 },
    })
    const { cluster } = group
    const clients = new Map<string, BankClient>()
    for (const name of guests) {
      await cluster.start(name)
      clients.set(name, await group.client(name, { nodes: voters.map((voter) => `${voter}@cluster`) }))
    }
    const chaos = new Chaos(group, runtime)
    for (let round = 0; round < 6; round++) {
      for (let n = 0; n < 6; n++) for (const [name, client] of clients) chaos.submit(client, name)
      await cluster.run(300)
      await chaos.fault()
      for (let n = 0; n < 7; n++) {
        for (const [name, client] of clients) {
          if (n % 2 === 0) chaos.submit(client, name)
          chaos.read(client, name)
        }
        await cluster.run(100)
      }
    }
    cluster.heal()
    await chaos.settle()
    const { node } = cluster.node('e')
    const options = { timeoutMs: 30_000 }
    let balance = await cluster.until(clients.get('e')!.read(node, { of: 'all' }, options))
    const { acknowledged, unknown } = chaos.counts
    expect(balance).toBeGreaterThanOrEqual(acknowledged)
    // What nobody knows of may come yet.
    await cluster.run(5000)
    balance = await cluster.until(clients.get('e')!.read(node, { of: 'all' }, options))
    expect(balance).toBeGreaterThanOrEqual(acknowledged)
    expect(balance).toBeLessThanOrEqual(acknowledged + unknown)
    await cluster.run(500)
    const status = await cluster.until(clients.get('e')!.status(node, options))
    for (const { id } of status.members) {
      const member = group.members.get(nodeOfMember(id)[0]!)!
      expect(member.state().state['all'] ?? 0).toBe(balance)
    }
    reads += chaos.reads
    for (const key of ['acknowledged', 'unknown', 'refused'] as const) sums[key] += chaos.counts[key]
  })
  expect(sums.acknowledged).toBeGreaterThan(100)
  expect(sums.unknown).toBeGreaterThan(0)
  expect(reads).toBeGreaterThan(100)
})
