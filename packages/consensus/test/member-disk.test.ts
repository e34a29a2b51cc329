import { expect, test } from 'vitest'
import { Disk } from '../src/member/disk.ts'
import type { Snapshot } from '../src/raft/interface.ts'
import type { Storage } from '../src/storage/storage.ts'

const snapshot: Snapshot = { index: 5, term: 1, configuration: [], state: null }

/** Its snapshots take until they are let go. */
class SlowSnapshots implements Storage {
  letGo: () => void = () => undefined
  load = (): Promise<null> => Promise.resolve(null)
  write = (): Promise<void> => Promise.resolve()
  save = (): Promise<void> => new Promise((resolve) => (this.letGo = resolve))
  close = (): Promise<void> => Promise.resolve()
}

async function told(isOwn: boolean): Promise<unknown[]> {
  const storage = new SlowSnapshots()
  const all: unknown[] = []
  const disk = new Disk(storage, { done: () => all.push(disk.take()), failed: (reason) => all.push(reason) })
  disk.save(snapshot, isOwn)
  disk.write({ id: 1 })
  await new Promise(setImmediate)
  all.push('saved')
  storage.letGo()
  await new Promise(setImmediate)
  return all
}

test("writes do not wait for a snapshot of the member's own, but for the leader's", async () => {
  expect(await told(true)).toEqual([{ written: 1, saved: null }, 'saved', { written: null, saved: snapshot }])
  expect(await told(false)).toEqual(['saved', { written: null, saved: null }, { written: 1, saved: null }])
})
