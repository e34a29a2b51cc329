import { expect, test } from 'vitest'
import type { Entry, Snapshot } from '../src/raft/interface.ts'
import { MemoryStorage } from '../src/storage/memory.ts'

const entry = (index: number, term = 1): Entry => ({ type: 'nothing', index, term })
const snapshot = (index: number): Snapshot => ({ index, term: 1, configuration: [], state: `state ${index}` })
const indexes = (storage: MemoryStorage): number[] => storage.stored!.entries.map(({ index }) => index)

test('a new one is null, and has from then on what was written', async () => {
  const storage = new MemoryStorage()
  expect(await storage.load()).toBeNull()
  await storage.write({ ballot: { term: 3, votedFor: 'n1' } })
  await storage.write({ entries: [entry(1), entry(2), entry(3)] })
  await storage.write({ truncateFrom: 3, entries: [entry(3, 2)] })
  expect(await storage.load()).toEqual({
    ballot: { term: 3, votedFor: 'n1' },
    snapshot: null,
    entries: [entry(1), entry(2), entry(3, 2)],
  })
})

test('a snapshot stands for what is up to it; what follows stays', async () => {
  const storage = new MemoryStorage()
  await storage.write({ entries: [entry(1), entry(2), entry(3)] })
  await storage.save(snapshot(2))
  expect(indexes(storage)).toEqual([3])
  await storage.write({ truncateFrom: 3 })
  await storage.save(snapshot(7))
  await storage.save(snapshot(5))
  await storage.write({ entries: [entry(8)] })
  expect(storage.stored).toMatchObject({ snapshot: { index: 7 } })
  expect(indexes(storage)).toEqual([8])
})

test('what was not synced is lost in a crash, and never said to be written', async () => {
  const storage = new MemoryStorage()
  await storage.write({ entries: [entry(1)] })
  storage.hold()
  const told: string[] = []
  const writes = [2, 3, 4].map((index) => storage.write({ entries: [entry(index)] }).then(() => told.push(`${index}`)))
  void storage.save(snapshot(4)).then(() => told.push('snapshot'))
  expect(indexes(storage)).toEqual([1])
  storage.sync(1)
  await writes[0]
  expect(indexes(storage)).toEqual([1, 2])
  storage.crash()
  await storage.write({ entries: [entry(3, 2)] })
  expect(indexes(storage)).toEqual([1, 2, 3])
  expect(storage.stored!.snapshot).toBeNull()
  expect(told).toEqual(['2'])
})

test('closing syncs what waits', async () => {
  const storage = new MemoryStorage()
  storage.hold()
  const written = storage.write({ entries: [entry(1)] })
  await storage.close()
  await written
  expect(indexes(storage)).toEqual([1])
})
