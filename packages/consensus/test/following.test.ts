/** Somebody who copies what is applied to somewhere else: told each command once, over crashes of all concerned, and nothing goes before it has it. */
import {
  MemoryStorage,
  startClient,
  startMember,
  type Configuration,
  type GroupMember,
  type MemberEvent,
  type MemberLimits,
} from '@agner/consensus'
import type { AnyPid, Process } from '@agner/core'
import { simulateCluster, type SimulatedCluster } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import { Forgetting } from '../src/member/forgetting.ts'
import type { Snapshot } from '../src/raft/interface.ts'
import { bank, bankMachine, type BankCommand, type BankResult, type BankState } from './bank.ts'
import type { BankClient } from './bank-cluster.ts'

const add = (by: number) => ({ type: 'add', to: 'ann', by }) as const
const long = { timeoutMs: 60_000 }
type Event = MemberEvent<BankCommand, BankResult>

/** Balances by the index of the entry that made them, as on a disk of its own. */
class Copy {
  readonly balances = new Map<number, number>()
  readonly snapshots: number[] = []
  upTo = 0

  take({ event }: Event & { readonly type: 'raftApplied' }): void {
    expect(event.index).toBeGreaterThan(this.upTo)
    if (event.type === 'snapshot') this.snapshots.push(event.index)
    else if (event.type === 'command')
      this.balances.set(event.index, event.result.type === 'ok' ? event.result.balance : -1)
    this.upTo = event.index
  }

  get last(): number {
    return [...this.balances.values()].at(-1) ?? 0
  }
}

class Copied {
  readonly cluster: SimulatedCluster
  readonly disks: Map<string, MemoryStorage> = new Map()
  readonly members: Map<string, GroupMember<BankCommand, BankResult, BankState>> = new Map()
  readonly #limits: Partial<MemberLimits>

  private constructor(cluster: SimulatedCluster, limits: Partial<MemberLimits>) {
    this.cluster = cluster
    this.#limits = limits
  }

  static async found(seed: number, limits: Partial<MemberLimits> = {}): Promise<Copied> {
    const all = new Copied(await simulateCluster({ nodes: 3, seed, trace: false }), limits)
    for (const { name } of all.cluster.up) await all.start(name)
    return all
  }

  async start(name: string): Promise<void> {
    const founders: Configuration = this.cluster.names.map((one) => ({ id: `${one}@cluster`, role: 'voter' }))
    const storage = this.disks.get(name) ?? new MemoryStorage()
    this.disks.set(name, storage)
    const limits = { snapshotEntries: 10, ...this.#limits }
    // One batch is all that stays of what a snapshot stands for.
    const settings = { batchEntries: 1, pipeline: 1 }
    const started = startMember(this.cluster.node(name).node, bank, {
      machine: bankMachine,
      storage,
      founders,
      limits,
      settings,
      forgets: 'whenTold',
    })
    this.members.set(name, await this.cluster.until(started))
  }

  crash(name: string): void {
    this.cluster.crash(name)
    this.disks.get(name)!.crash()
  }

  /** Whoever copies from the member of a node, from where the copy ends. */
  follow(name: string, copy: Copy): AnyPid {
    const member = this.members.get(name)!
    return this.cluster.node(name).node.spawn(async (self: Process<Event>) => {
      member.watch(self, { after: copy.upTo })
      for (;;) {
        const event = await self.receive()
        if (event.type === 'raftApplied') copy.take(event)
      }
    })
  }

  client(name: string): Promise<BankClient> {
    return this.cluster.until(startClient(this.cluster.node(name).node, bank))
  }

  async submit(name: string, times: number): Promise<void> {
    const { node } = this.cluster.node(name)
    const client = await this.client(name)
    for (let n = 0; n < times; n++) await this.cluster.until(client.submit(node, add(1), long))
    await this.cluster.run(500)
  }
}

test('whoever says where it is hears each command once, over its own end and that of the member', async () => {
  const all = await Copied.found(31)
  const { cluster } = all
  const copy = new Copy()
  const first = all.follow('a', copy)
  await all.submit('b', 5)
  expect([...copy.balances.values()]).toEqual([1, 2, 3, 4, 5])
  cluster.node('a').node.sendExit(first, 'kill')
  await all.submit('b', 30)
  expect(copy.last).toBe(5)
  // Nothing went: it is told from the log what it has missed.
  const second = all.follow('a', copy)
  await cluster.run(10)
  expect([...copy.balances.values()]).toEqual(Array.from({ length: 35 }, (_, n) => n + 1))
  cluster.node('a').node.sendExit(second, 'kill')
  all.crash('a')
  await all.submit('b', 5)
  await cluster.restart('a')
  await all.start('a')
  all.follow('a', copy)
  await cluster.run(3000)
  expect([...copy.balances.values()]).toEqual(Array.from({ length: 40 }, (_, n) => n + 1))
  expect(copy.snapshots).toEqual([])
  await cluster.stop()
})

test('a copy that is ahead of a member that has come back hears nothing twice', async () => {
  const all = await Copied.found(32)
  const { cluster } = all
  const copy = new Copy()
  all.follow('a', copy)
  await all.submit('b', 8)
  expect(copy.last).toBe(8)
  for (const name of ['b', 'c']) all.crash(name)
  all.crash('a')
  await cluster.restart('a')
  await all.start('a')
  // Alone it does not know what is committed: it has applied nothing.
  all.follow('a', copy)
  await cluster.run(1000)
  expect(all.members.get('a')!.state().index).toBe(0)
  await cluster.restart('b')
  await all.start('b')
  await all.submit('b', 2)
  expect([...copy.balances.values()]).toEqual(Array.from({ length: 10 }, (_, n) => n + 1))
})

test('nothing goes before it may; then all goes that may', async () => {
  const all = await Copied.found(33)
  const member = all.members.get('a')!
  await all.submit('a', 50)
  expect(member.status().snapshot).toBe(0)
  member.mayForget(5)
  await all.cluster.run(100)
  expect(member.status().snapshot).toBe(0)
  // The snapshot that is held is that of the tenth entry.
  member.mayForget(10)
  await all.cluster.run(100)
  expect(member.status().snapshot).toBe(10)
  member.mayForget(member.status().applied)
  await all.submit('a', 1)
  expect(member.status().snapshot).toBeGreaterThan(50)
  await all.cluster.stop()
})

test('who lets the limit pass is told of a snapshot, and goes on from there', async () => {
  const all = await Copied.found(34, { heldEntries: 30 })
  const { cluster } = all
  const copy = new Copy()
  await all.submit('a', 60)
  expect(all.members.get('a')!.status().snapshot).toBeGreaterThan(0)
  all.follow('a', copy)
  await all.submit('a', 3)
  expect(copy.snapshots).toHaveLength(1)
  expect([...copy.balances.values()]).toEqual([61, 62, 63])
  await cluster.stop()
})

describe('which snapshot is saved', () => {
  const limits = { snapshotEntries: 10, heldEntries: 30 }
  const at = (index: number): Snapshot => ({ index, term: 1, configuration: [], state: index })

  test('at once, one at a time', () => {
    const forgetting = new Forgetting({ saved: 0, waits: false, limits })
    expect(forgetting.take(9, () => at(9))).toBe(null)
    expect(forgetting.take(10, () => at(10))).toEqual(at(10))
    expect(forgetting.take(30, () => at(30))).toBe(null)
    forgetting.done(10)
    expect(forgetting.saved).toBe(10)
    expect(forgetting.take(30, () => at(30))).toEqual(at(30))
  })

  test('held until it may go, or the limit is passed', () => {
    const forgetting = new Forgetting({ saved: 0, waits: true, limits })
    expect(forgetting.take(10, () => at(10))).toBe(null)
    forgetting.mayForget(9)
    expect(forgetting.take(20, () => at(20))).toBe(null)
    forgetting.mayForget(12)
    expect(forgetting.take(20, () => at(20))).toEqual(at(10))
    forgetting.done(10)
    expect(forgetting.take(39, () => at(39))).toBe(null)
    expect(forgetting.take(40, () => at(40))).toEqual(at(39))
  })

  test('one that is held goes when the leader has sent a newer one', () => {
    const forgetting = new Forgetting({ saved: 0, waits: true, limits })
    expect(forgetting.take(10, () => at(10))).toBe(null)
    forgetting.replaced(50)
    forgetting.mayForget(100)
    expect(forgetting.saved).toBe(50)
    expect(forgetting.take(59, () => at(59))).toBe(null)
    expect(forgetting.take(60, () => at(60))).toEqual(at(60))
  })
})
