/** Founders that begin with an empty disk: for the first time, or since they have lost what was on it. */
import { memberIdOf, MemoryStorage, startClient, startMember, type Configuration } from '@agner/consensus'
import { simulateCluster, type SimulatedCluster } from '@agner/testing'
import { expect, test } from 'vitest'
import { bank, bankMachine } from './bank.ts'

const add = (by: number) => ({ type: 'add', to: 'ann', by }) as const
const long = { timeoutMs: 60_000 }

class Founders {
  readonly cluster: SimulatedCluster
  readonly disks: Map<string, MemoryStorage> = new Map()
  readonly #kind: 'durable' | 'memory'

  private constructor(cluster: SimulatedCluster, kind: 'durable' | 'memory') {
    this.cluster = cluster
    this.#kind = kind
  }

  static async of(seed: number, kind: 'durable' | 'memory' = 'durable'): Promise<Founders> {
    return new Founders(await simulateCluster({ nodes: 3, seed, trace: false }), kind)
  }

  /** The same code each time: founders are in it, whatever is on the disk. */
  async start(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      const storage = this.disks.get(name) ?? new MemoryStorage()
      this.disks.set(name, storage)
      const founders: Configuration = this.cluster.up.map(({ node }) => ({
        id: memberIdOf(node, this.#kind),
        role: 'voter',
      }))
      const options = { machine: bankMachine, founders, ...(this.#kind === 'durable' && { storage }) }
      await this.cluster.until(startMember(this.cluster.node(name).node, bank, options))
    }
  }

  async submit(name: string, by: number): Promise<void> {
    const { node } = this.cluster.node(name)
    const client = await this.cluster.until(startClient(node, bank))
    await this.cluster.until(client.submit(node, add(by), long))
    await this.cluster.until(client.stop())
  }

  async crash(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.cluster.crash(name)
      this.disks.get(name)!.crash()
    }
  }

  notices(name: string): string[] {
    const { all } = this.cluster.node(name).reports
    return all.flatMap((report) => (report.type === 'notice' && report.source === 'consensus' ? [report.text] : []))
  }
}

test('a founder with an empty disk that hears of a log says what that may mean, once, before it votes', async () => {
  const group = await Founders.of(31)
  const { cluster } = group
  await group.start('a', 'b', 'c')
  await group.submit('a', 1)
  await cluster.run(1000)
  await group.crash('c')
  await group.submit('a', 1000)
  await group.crash('a', 'b')
  group.disks.delete('b')
  for (const name of ['a', 'b', 'c']) await cluster.restart(name)
  await group.start('b', 'c')
  await cluster.run(10_000)
  expect(group.notices('b')).toEqual([
    expect.stringMatching(/^Member b@cluster of bank founds .* c@cluster has entries/),
  ])
  expect(group.notices('b')[0]).toContain('add a member on a node of another name')
  expect(group.notices('c')).toEqual([])
  await cluster.stop()
})

test('nothing is said where a group begins, also to founders that begin later than the others', async () => {
  for (const kind of ['durable', 'memory'] as const) {
    const group = await Founders.of(32, kind)
    const { cluster } = group
    await group.start('a', 'b')
    await group.submit('a', 1)
    await cluster.run(20_000)
    await group.start('c')
    await group.submit('c', 1)
    await cluster.run(5000)
    for (const name of cluster.names) expect(group.notices(name)).toEqual([])
    await cluster.stop()
  }
})
