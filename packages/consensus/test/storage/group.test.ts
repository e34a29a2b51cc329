/** A group whose members keep their logs in files: all of them lose their power, again and again, and each disk forgets what it has not synced. */
import { startClient, startMember, type Configuration } from '@agner/consensus'
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
