/** Members whose storage outlives their node, and storage that fails. */
import { startSupervisor, type ChildSpec } from '@agner/behaviours'
import { MemoryStorage, startClient, startMember, type Configuration, type GroupMember } from '@agner/consensus'
import { simulateCluster, type SimulatedCluster } from '@agner/testing'
import { expect, test } from 'vitest'
import { bank, bankMachine, type BankCommand, type BankResult, type BankState } from './bank.ts'
import { codeOf } from './bank-cluster.ts'

const add = (by: number) => ({ type: 'add', to: 'ann', by }) as const
const long = { timeoutMs: 60_000 }

class Durable {
  readonly cluster: SimulatedCluster
  readonly disks: Map<string, MemoryStorage> = new Map()
  readonly members: Map<string, GroupMember<BankCommand, BankResult, BankState>> = new Map()
  readonly #founders: Configuration

  constructor(cluster: SimulatedCluster, witness: string | null) {
    this.cluster = cluster
    this.#founders = cluster.up.map(({ name, node }) => ({
      id: node.name,
      role: name === witness ? 'witness' : 'voter',
    }))
  }

  static async found(seed: number, witness: string | null = null): Promise<Durable> {
    const all = new Durable(await simulateCluster({ nodes: 3, seed, trace: false }), witness)
    for (const { name } of all.cluster.up) await all.start(name, true)
    return all
  }

  /** What is on the disk of its name counts; founders are told the first time only. */
  async start(name: string, isFounder = false): Promise<void> {
    const { node } = this.cluster.node(name)
    const storage = this.disks.get(name) ?? new MemoryStorage()
    this.disks.set(name, storage)
    const founders = isFounder ? { founders: this.#founders } : {}
    const options = { machine: bankMachine, storage, limits: { snapshotEntries: 10 }, ...founders }
    this.members.set(name, await this.cluster.until(startMember(node, bank, options)))
  }

  /** As after a power cut: what was not synced is gone. */
  crash(name: string): void {
    this.cluster.crash(name)
    this.disks.get(name)!.crash()
  }
}

test('a whole group that loses its power goes on where it was, with its sessions', async () => {
  const all = await Durable.found(21)
  const { cluster } = all
  let client = await cluster.until(startClient(cluster.node('a').node, bank))
  for (let n = 1; n <= 25; n++) await cluster.until(client.submit(cluster.node('a').node, add(1), long))
  for (let round = 1; round <= 3; round++) {
    for (const name of cluster.names) all.crash(name)
    for (const name of cluster.names) {
      await cluster.restart(name)
      await all.start(name)
    }
    const { node } = cluster.node('a')
    client = await cluster.until(startClient(node, bank))
    expect(await cluster.until(client.submit(node, add(1), long))).toEqual({ type: 'ok', balance: 25 + round })
  }
  expect(all.members.get('a')!.status().sessions).toBe(4)
  expect(all.members.get('a')!.id).toBe('a@cluster')
  await cluster.stop()
})

test('nothing is acknowledged that is not on the disks of a majority', async () => {
  const all = await Durable.found(22)
  const { cluster } = all
  const { node } = cluster.node('a')
  const client = await cluster.until(startClient(node, bank))
  await cluster.until(client.submit(node, add(1), long))
  for (const disk of all.disks.values()) disk.hold()
  const asked = client.submit(node, add(1), long)
  await cluster.run(100)
  for (const member of all.members.values()) expect(member.state().state).toEqual({ ann: 1 })
  all.disks.get('b')!.sync()
  await cluster.run(10)
  for (const member of all.members.values()) expect(member.state().state).toEqual({ ann: 1 })
  for (const disk of all.disks.values()) disk.sync()
  for (const disk of all.disks.values()) disk.crash()
  expect(await cluster.until(asked)).toEqual({ type: 'ok', balance: 2 })
  await cluster.stop()
})

test('a member whose storage fails ends, says so, and the others go on', async () => {
  const all = await Durable.found(23)
  const { cluster } = all
  const { node } = cluster.node('a')
  const client = await cluster.until(startClient(node, bank))
  await cluster.until(client.submit(node, add(1), long))
  const { leader } = await cluster.until(client.status(node))
  const name = leader![0]!
  all.disks.get(name)!.write = () => Promise.reject(new Error('no space left'))
  const ended = cluster.node(name).node.exited(all.members.get(name)!.pid)
  expect(await cluster.until(client.submit(node, add(1), long))).toEqual({ type: 'ok', balance: 2 })
  expect(await cluster.until(ended)).toMatchObject({ code: 'consensus.storage_failed' })
  expect(cluster.node(name).reports.crashes).toHaveLength(1)
  await cluster.stop()
})

test('under a supervisor a member that crashed goes on, and one that was removed stays away', async () => {
  const cluster = await simulateCluster({ nodes: 3, seed: 26, trace: false })
  const founders: Configuration = cluster.up.map(({ node }) => ({ id: node.name, role: 'voter' }))
  const disks = cluster.up.map(() => new MemoryStorage())
  const starts = [0, 0, 0]
  for (const [index, { node }] of cluster.up.entries()) {
    const member: ChildSpec = {
      id: 'member',
      restart: 'transient',
      start: async (supervisor) => {
        starts[index]!++
        const options = { machine: bankMachine, founders, storage: disks[index]! }
        return (await startMember(supervisor, bank, options)).pid
      },
    }
    await cluster.until(startSupervisor(node, { children: [member], intensity: 3 }))
  }
  const { node } = cluster.node('a')
  const client = await cluster.until(startClient(node, bank))
  await cluster.until(client.submit(node, add(1), long))
  const index = cluster.names.indexOf((await cluster.until(client.status(node))).leader![0]!)
  const disk = disks[index]!
  const { write } = disk
  disk.write = () => {
    disk.write = write
    return Promise.reject(new Error('no space left'))
  }
  for (let n = 2; n <= 6; n++)
    expect(await cluster.until(client.submit(node, add(1), long))).toEqual({ type: 'ok', balance: n })
  await cluster.run(2000)
  expect(starts[index]).toBe(2)
  const status = await cluster.until(client.status(node, long))
  expect(status.followers.map(({ lag }) => lag)).toEqual([0, 0])
  await cluster.until(client.removeMember(node, 'c@cluster', long))
  await cluster.run(2000)
  expect(starts.reduce((a, b) => a + b)).toBe(4)
  expect(cluster.node('c').node.whereis('@agner/consensus/bank')).toBe(undefined)
  await cluster.stop()
})

test('a log that cannot be read, or is about something else, starts nobody', async () => {
  const all = await Durable.found(24)
  const { cluster } = all
  const { node } = cluster.node('a')
  const client = await cluster.until(startClient(node, bank))
  for (let n = 1; n <= 25; n++) await cluster.until(client.submit(node, add(1), long))
  await cluster.until(all.members.get('a')!.stop())
  const storage = all.disks.get('a')!
  const other = startMember(node, bank, { machine: { ...bankMachine, name: 'shop' }, storage })
  expect(await cluster.until(codeOf(other))).toBe('start.failed')
  const nothing = () => Promise.resolve()
  const damaged = { load: () => Promise.reject(new Error('damaged')), write: nothing, save: nothing, close: nothing }
  expect(await cluster.until(codeOf(startMember(node, bank, { machine: bankMachine, storage: damaged })))).toBe(
    'start.failed',
  )
  await all.start('a')
  await cluster.run(1000)
  expect(all.members.get('a')!.state().state).toEqual({ ann: 25 })
  await cluster.stop()
})

test('a witness votes and keeps no state: with it one of two may be lost', async () => {
  const all = await Durable.found(25, 'c')
  const { cluster } = all
  let { node } = cluster.node('a')
  let client = await cluster.until(startClient(node, bank))
  for (let n = 1; n <= 25; n++) await cluster.until(client.submit(node, add(1), long))
  for (const name of ['b', 'a']) {
    if (name === 'a') {
      ;({ node } = cluster.node('b'))
      client = await cluster.until(startClient(node, bank))
    }
    all.crash(name)
    expect(await cluster.until(client.submit(node, add(1), long))).toMatchObject({ type: 'ok' })
    await cluster.restart(name)
    await all.start(name)
    await cluster.until(client.submit(node, add(1), long))
    await cluster.run(2000)
  }
  expect(await cluster.until(client.read(node, { of: 'ann' }, long))).toBe(29)
  const witness = all.members.get('c')!
  expect(witness.state().state).toBe(null)
  expect(witness.status().role).toBe('follower')
  expect(await cluster.until(codeOf(client.transfer(node, 'c@cluster')))).toBe('consensus.refused_transfer')
  all.crash('c')
  await cluster.restart('c')
  await all.start('c')
  await cluster.run(2000)
  expect(all.members.get('c')!.state().state).toBe(null)
  all.crash('a')
  expect(await cluster.until(client.submit(node, add(1), long))).toMatchObject({ balance: 30 })
})
