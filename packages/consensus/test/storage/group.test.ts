/** A group whose members keep their logs in files: all of them lose their power, again and again, and each disk forgets what it has not synced. */
import { raftGroup, startClient, startMember, type Configuration } from '@agner/consensus'
import type { Node } from '@agner/core'
import { simulateCluster } from '@agner/testing'
import { expect, test } from 'vitest'
import { SegmentStorage } from '../../src/storage/segments/segment-storage.ts'
import { bank, bankMachine } from '../bank.ts'
import { FakeFolder } from './fake-folder.ts'

const add = { type: 'add', to: 'ann', by: 1 } as const
const long = { timeoutMs: 60_000 }

test('what was acknowledged is there, once', { timeout: 60_000 }, async () => {
  const seed = 1
  const cluster = await simulateCluster({ nodes: 3, seed, trace: false })
  const founders: Configuration = cluster.up.map(({ node }) => ({ id: node.name, role: 'voter' }))
  const folders = new Map(cluster.names.map((name) => [name, new FakeFolder()]))
  const start = async (name: string): Promise<void> => {
    const storage = new SegmentStorage(folders.get(name)!, name, 4096)
    const options = { machine: bankMachine, storage, limits: { snapshotEntries: 10 }, founders }
    await cluster.until(startMember(cluster.node(name).node, bank, options))
  }
  for (const name of cluster.names) await start(name)
  let balance = 0
  for (let round = 1; round <= 3; round++) {
    const { node } = cluster.node('a')
    const client = await cluster.until(startClient(node, bank))
    for (let n = 0; n < 12; n++) {
      expect(await cluster.until(client.submit(node, add, long))).toEqual({ type: 'ok', balance: ++balance })
    }
    for (const [i, name] of cluster.names.entries()) {
      cluster.crash(name)
      let sectors = seed + i
      const left = folders.get(name)!.crash({ keepSector: () => sectors++ % 3 === 0, keepNames: (count) => count >> 1 })
      folders.set(name, left)
    }
    for (const name of cluster.names) {
      await cluster.restart(name)
      await start(name)
    }
  }
  expect((await folders.get('a')!.list()).filter((name) => name.endsWith('.snapshot'))).toHaveLength(1)
  await cluster.stop()
})

test('a member does not begin with the log of another group, or of another node', async () => {
  const cluster = await simulateCluster({ nodes: 2, seed: 2, trace: false })
  const [one, other] = cluster.up.map(({ node }) => node) as [Node, Node]
  const folder = new FakeFolder()
  const start = (node: Node, group: typeof bank): ReturnType<typeof startMember> =>
    startMember(node, group, {
      machine: bankMachine,
      storage: new SegmentStorage(folder, 'log', 4096),
      founders: [{ id: node.name, role: 'voter' }],
    }) as ReturnType<typeof startMember>
  const member = await cluster.until(start(one, bank))
  await cluster.run(3_000)
  await cluster.until(member.stop())
  for (const [node, group] of [
    [one, raftGroup('another bank')],
    [other, bank],
  ] as [Node, typeof bank][]) {
    await expect(cluster.until(start(node, group))).rejects.toMatchObject({
      details: { reason: { code: 'consensus.other_log' } },
    })
  }
  expect((await cluster.until(start(one, bank))).status().last).toBeGreaterThan(0)
  await cluster.stop()
})
