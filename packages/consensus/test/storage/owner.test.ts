/** Whose log a folder has: no other member ever begins with it. */
import { describe, expect, it } from 'vitest'
import type { Stored } from '../../src/storage/storage.ts'
import { SegmentStorage } from '../../src/storage/segments/segment-storage.ts'
import { FakeFolder, keepsAll, losesAll } from './fake-folder.ts'

const east = { group: 'east', member: 'a@host' }
const others = [
  { group: 'west', member: 'a@host' },
  { group: 'east', member: 'b@host' },
]
const ballot = { term: 1, votedFor: 'a@host' }
const stored: Stored = { ballot, snapshot: null, entries: [] }
const storageOf = (folder: FakeFolder): SegmentStorage => new SegmentStorage(folder, 'data/log', 4096)

/** The log of the first in a folder, after a crash. */
async function logOf(owner?: typeof east): Promise<FakeFolder> {
  const folder = new FakeFolder()
  const storage = storageOf(folder)
  await storage.load(owner)
  await storage.write({ ballot })
  return folder.crash(losesAll)
}

describe('a folder', () => {
  it('is refused to another member, or to the same one of another group, and is as it was', async () => {
    const folder = await logOf(east)
    const writes = folder.writes
    for (const other of others) {
      await expect(storageOf(folder).load(other)).rejects.toMatchObject({
        code: 'consensus.other_log',
        details: { folder: 'data/log', ...east, wantedGroup: other.group, wantedMember: other.member },
      })
    }
    expect(folder.writes).toBe(writes)
    expect(await storageOf(folder).load(east)).toEqual(stored)
  })

  it('has an owner before anything else, also when it was only opened', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    expect(await storage.load(east)).toBeNull()
    await expect(storageOf(folder.crash(losesAll)).load(others[0])).rejects.toMatchObject({
      code: 'consensus.other_log',
    })
  })

  it('without an owner is taken over, once', async () => {
    const folder = await logOf()
    const storage = storageOf(folder)
    expect(await storage.load(others[0])).toEqual(stored)
    await storage.close()
    const left = folder.crash(losesAll)
    await expect(storageOf(left).load(east)).rejects.toMatchObject({ code: 'consensus.other_log' })
    expect(await storageOf(left).load(others[0])).toEqual(stored)
  })

  it('whose owner was not written to its end is read again by the same member', async () => {
    for (let powerBytes = 0; powerBytes < 80; powerBytes++) {
      const folder = await logOf()
      folder.powerBytes = powerBytes
      await storageOf(folder)
        .load(east)
        .catch(() => undefined)
      for (const how of [losesAll, keepsAll]) {
        const left = folder.crash(how)
        expect(await storageOf(left).load(east)).toEqual(stored)
        expect(await left.list()).not.toContain('owner.new')
      }
    }
  })

  it('whose owner is damaged is damaged', async () => {
    const folder = await logOf(east)
    const bytes = folder.bytesOf('owner')
    for (const at of bytes.keys()) {
      bytes[at]! ^= 4
      await expect(storageOf(folder).load(east)).rejects.toMatchObject({
        code: 'consensus.damaged_log',
        details: { file: 'data/log/owner' },
      })
      bytes[at]! ^= 4
    }
    expect(await storageOf(folder).load(east)).toEqual(stored)
  })
})
