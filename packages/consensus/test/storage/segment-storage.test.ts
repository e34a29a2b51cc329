/** Durable storage in files, on a disk in memory: what comes back, what goes out together, and what goes away. */
import { internPid, internRef } from '@agner/core/kernel'
import { afterEach, describe, expect, it } from 'vitest'
import type { Entry, Snapshot } from '../../src/raft/interface.ts'
import { segmentStorage, SegmentStorage } from '../../src/storage/segments/segment-storage.ts'
import { FakeFolder, losesAll } from './fake-folder.ts'

const opened: SegmentStorage[] = []
const storageOf = (folder: FakeFolder, segmentBytes = 4096): SegmentStorage => {
  const storage = new SegmentStorage(folder, 'log', segmentBytes)
  opened.push(storage)
  return storage
}
afterEach(async () => {
  for (const storage of opened.splice(0)) await storage.close()
})

const nothing = (index: number, term = 1): Entry => ({ index, term, type: 'nothing' })
const command = (index: number, value: unknown, term = 1): Entry => ({
  index,
  term,
  type: 'command',
  command: value,
  request: null,
})
const snapshotAt = (index: number, state: unknown = null): Snapshot => ({ index, term: 1, configuration: [], state })

describe('what comes back', () => {
  it('nothing, of a new folder; and of one that was opened and never written to', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    expect(await storage.load()).toBeNull()
    await storage.close()
    expect(await storageOf(folder.crash(losesAll)).load()).toBeNull()
  })

  it('entries of every type, with the pids and refs that they hold', async () => {
    const pid = internPid('a@host', 7, 42)
    const ref = internRef('b@host', 8, 2 ** 40)
    const entries: Entry[] = [
      nothing(1),
      {
        ...command(2, { to: pid, about: new Map([[ref, 12n]]) }),
        request: { session: 's', sequence: 3, answered: 2 },
      } as Entry,
      { index: 3, term: 2, type: 'configuration', configuration: [{ id: 'a@host#7', role: 'witness' }] },
      command(4, undefined, 2 ** 52),
    ]
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    await storage.load()
    await storage.write({ ballot: { term: 2 ** 53 - 1, votedFor: null }, entries })
    const stored = await storageOf(folder.crash(losesAll)).load()
    expect(stored).toEqual({ ballot: { term: 2 ** 53 - 1, votedFor: null }, snapshot: null, entries })
    const [, second] = stored!.entries as [Entry, { command: { to: unknown; about: Map<unknown, unknown> } }]
    expect(second.command.to).toBe(pid)
    expect([...second.command.about.keys()][0]).toBe(ref)
  })

  it('what was truncated is gone, in one write with what takes its place', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    await storage.load()
    await storage.write({ entries: [nothing(1), nothing(2), nothing(3)] })
    await storage.write({ ballot: { term: 2, votedFor: 'b' }, truncateFrom: 2, entries: [nothing(2, 2)] })
    await storage.write({ truncateFrom: 9 })
    const stored = await storageOf(folder.crash(losesAll)).load()
    expect(stored).toEqual({ ballot: { term: 2, votedFor: 'b' }, snapshot: null, entries: [nothing(1), nothing(2, 2)] })
  })

  it('a snapshot ahead of the log takes its place, and the log goes on after it', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    await storage.load()
    const all = [
      storage.write({ entries: [nothing(1), nothing(2)] }),
      storage.save(snapshotAt(10, { pid: internPid('a@host', 7, 42) })),
      storage.write({ entries: [nothing(11)] }),
    ]
    await Promise.all(all)
    const stored = await storageOf(folder.crash(losesAll)).load()
    expect(stored?.snapshot).toEqual(snapshotAt(10, { pid: internPid('a@host', 7, 42) }))
    expect(stored?.entries).toEqual([nothing(11)])
  })

  it('the snapshot up to 0 that founds a group, before what is written after it', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    await storage.load()
    const founded = storage.save(snapshotAt(0, 'founded'))
    await storage.write({ ballot: { term: 1, votedFor: 'a' } })
    const stored = await storageOf(folder.crash(losesAll)).load()
    expect(stored).toEqual({ ballot: { term: 1, votedFor: 'a' }, snapshot: snapshotAt(0, 'founded'), entries: [] })
    await founded
    await storage.write({ entries: [nothing(1), nothing(2)] })
    await storage.save(snapshotAt(1, 'one'))
    const later = await storageOf(folder.crash(losesAll)).load()
    expect([later?.snapshot, later?.entries]).toEqual([snapshotAt(1, 'one'), [nothing(2)]])
  })

  it('the later of two snapshots up to the same entry', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    await storage.load()
    await Promise.all([storage.save(snapshotAt(3, 'first')), storage.save(snapshotAt(3, 'second'))])
    expect((await storageOf(folder.crash(losesAll)).load())?.snapshot?.state).toBe('second')
  })

  it('an older snapshot that comes late changes nothing', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    await storage.load()
    await Promise.all([
      storage.write({ entries: [nothing(1), nothing(2)] }),
      storage.save(snapshotAt(9)),
      storage.save(snapshotAt(2)),
    ])
    expect((await storageOf(folder.crash(losesAll)).load())?.snapshot?.index).toBe(9)
    expect((await folder.list()).filter((name) => name.includes('snapshot'))).toEqual(['0000000000000009.snapshot'])
  })
})

describe('what goes out together', () => {
  it('writes that are called in one turn need one sync, and so do all those that come while it runs', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder, 100_000)
    await storage.load()
    const { syncs } = folder
    const gate = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    folder.beforeSync = () => {
      begun.resolve()
      return gate.promise
    }
    const resolved: number[] = []
    const write = (index: number): Promise<unknown> =>
      storage.write({ entries: [nothing(index)] }).then(() => resolved.push(index))
    const first = [write(1), write(2), write(3)]
    await begun.promise
    const second = [write(4), write(5)]
    expect(resolved).toEqual([])
    gate.resolve()
    await Promise.all([...first, ...second])
    expect(resolved).toEqual([1, 2, 3, 4, 5])
    expect(folder.syncs - syncs).toBe(2)
  })

  it('a snapshot of what the log has anyway holds up no write', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder, 100_000)
    await storage.load()
    await storage.write({ entries: [nothing(1), nothing(2)] })
    const gate = Promise.withResolvers<void>()
    let syncs = 0
    // The first sync is that of the snapshot.
    folder.beforeSync = () => (syncs++ === 0 ? gate.promise : Promise.resolve())
    const saved = storage.save(snapshotAt(2))
    while (syncs === 0) await Promise.resolve()
    await storage.write({ entries: [nothing(3)] })
    gate.resolve()
    await saved
    const stored = await storageOf(folder.crash(losesAll)).load()
    expect([stored?.snapshot?.index, stored?.entries]).toEqual([2, [nothing(3)]])
  })
})

describe('what says nothing', () => {
  it('is waited for, and leaves nothing behind', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    await storage.load()
    await storage.write({})
    await storage.write({ entries: [nothing(1)] })
    await storage.write({ entries: [] })
    await Promise.all([storage.write({}), storage.write({ entries: [nothing(2)] }), storage.write({})])
    expect((await storageOf(folder.crash(losesAll)).load())?.entries).toEqual([nothing(1), nothing(2)])
  })
})

describe('what goes away', () => {
  it('segments go when a snapshot stands for them, and the ballot stays', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    await storage.load()
    await storage.write({ ballot: { term: 5, votedFor: 'me' } })
    for (let index = 1; index <= 40; index++) await storage.write({ entries: [command(index, new Uint8Array(1000))] })
    const before = (await folder.list()).length
    expect(before).toBeGreaterThan(9)
    await storage.save(snapshotAt(38))
    const names = await folder.list()
    expect(names.length).toBeLessThan(4)
    expect(names).toContain('0000000000000038.snapshot')
    const stored = await storageOf(folder.crash(losesAll)).load()
    expect(stored?.ballot).toEqual({ term: 5, votedFor: 'me' })
    expect(stored?.entries.map(({ index }) => index)).toEqual([39, 40])
  })

  it('the one that has the first entry after the snapshot stays', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    await storage.load()
    // One to a segment.
    for (let index = 1; index <= 6; index++) await storage.write({ entries: [command(index, new Uint8Array(5000))] })
    for (let index = 1; index <= 5; index++) {
      await storage.save(snapshotAt(index))
      expect((await folder.list()).filter((name) => name.endsWith('.log'))).toHaveLength(6 - index)
      const stored = await storageOf(folder.crash(losesAll)).load()
      expect(stored?.entries.map((entry) => entry.index)).toEqual([1, 2, 3, 4, 5, 6].slice(index))
    }
  })

  it('one that holds what was truncated, beyond the snapshot, stays with all behind it', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    await storage.load()
    await storage.write({ entries: [1, 2, 3, 4, 5, 6].map((index) => command(index, new Uint8Array(1000))) })
    await storage.write({ truncateFrom: 4, entries: [command(4, new Uint8Array(5000), 2)] })
    await storage.write({ entries: [nothing(5, 2)] })
    await storage.save(snapshotAt(4))
    expect((await folder.list()).filter((name) => name.endsWith('.log'))).toHaveLength(3)
    await storage.write({ entries: [nothing(6, 2), nothing(7, 2)] })
    await storage.save(snapshotAt(6))
    expect((await folder.list()).filter((name) => name.endsWith('.log'))).toHaveLength(1)
    expect((await storageOf(folder.crash(losesAll)).load())?.entries).toEqual([nothing(7, 2)])
  })
})

describe('what is refused', () => {
  it('a folder that somebody has, until it is closed', async () => {
    const folder = new FakeFolder()
    const first = storageOf(folder)
    await first.load()
    await expect(storageOf(folder).load()).rejects.toMatchObject({ code: 'consensus.log_in_use' })
    await first.close()
    expect(await storageOf(folder).load()).toBeNull()
  })

  it('to load what is closed, also while it was being loaded', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    const loaded = storage.load()
    await storage.close()
    await loaded
    await expect(storage.load()).rejects.toMatchObject({ code: 'consensus.log_closed' })
    // The folder is free, and nobody writes to it any more.
    const { writes } = folder
    expect(await storageOf(folder.crash(losesAll)).load()).toBeNull()
    expect(folder.writes).toBe(writes)
    expect(await storageOf(folder).load()).toBeNull()
  })

  it('writes before it is loaded, and after it is closed; what was called before is carried out', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    await expect(storage.write({})).rejects.toMatchObject({ code: 'consensus.log_not_loaded' })
    await storage.load()
    const before = [storage.write({ entries: [nothing(1), nothing(2)] }), storage.save(snapshotAt(1))]
    const closed = storage.close()
    await expect(storage.write({ entries: [nothing(3)] })).rejects.toMatchObject({ code: 'consensus.log_closed' })
    await expect(storage.save(snapshotAt(2))).rejects.toMatchObject({ code: 'consensus.log_closed' })
    await Promise.all([...before, closed, storage.close()])
    const stored = await storageOf(folder.crash(losesAll)).load()
    expect([stored?.snapshot?.index, stored?.entries]).toEqual([1, [nothing(2)]])
  })

  it('a value that cannot be kept, and all after it: there would be a gap', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    await storage.load()
    await storage.write({ entries: [nothing(1)] })
    const code = 'consensus.unstorable'
    await expect(storage.write({ entries: [command(2, () => 1)] })).rejects.toMatchObject({ code })
    await expect(storage.write({ entries: [nothing(3)] })).rejects.toMatchObject({ code })
    await storage.close()
    expect((await storageOf(folder).load())?.entries).toEqual([nothing(1)])
  })

  it('everything after an error of the disk, which says so and is not tried again', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    await storage.load()
    await storage.write({ entries: [nothing(1)] })
    folder.goodSyncs = 0
    const refused = {
      code: 'consensus.disk_failed',
      message: expect.stringMatching(/EIO.*start the member again/s) as string,
    }
    const all = [
      storage.write({ entries: [nothing(2)] }),
      storage.save(snapshotAt(1)),
      storage.write({ entries: [nothing(3)] }),
    ]
    for (const one of all) await expect(one).rejects.toMatchObject(refused)
    const { writes, syncs } = folder
    folder.goodSyncs = Infinity
    await expect(storage.write({ entries: [nothing(4)] })).rejects.toMatchObject(refused)
    expect([folder.writes, folder.syncs]).toEqual([writes, syncs])
    await storage.close()
  })

  it('options that make no sense', () => {
    const code = 'consensus.bad_option'
    expect(() => segmentStorage({ folder: '' })).toThrow(expect.objectContaining({ code }) as Error)
    expect(() => segmentStorage({ folder: 'x', segmentBytes: 10 })).toThrow(expect.objectContaining({ code }) as Error)
  })
})

describe('a sync that failed, after which the system takes what it was to bring for synced', () => {
  const large = (index: number): Entry => command(index, 'x'.repeat(2000))

  it('is made good at the next start, before what was read counts', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    await storage.load()
    await storage.write({ entries: [large(1)] })
    folder.goodSyncs = 0
    await expect(storage.write({ entries: [large(2)] })).rejects.toMatchObject({ code: 'consensus.disk_failed' })
    await storage.close()
    folder.goodSyncs = Infinity
    const again = storageOf(folder)
    expect((await again.load())?.entries).toHaveLength(2)
    expect((await storageOf(folder.crash(losesAll)).load())?.entries).toHaveLength(2)
    await again.write({ entries: [large(3)] })
    await again.close()
    expect((await storageOf(folder.crash(losesAll)).load())?.entries).toHaveLength(3)
  })

  it('also when the next start fails in the same way', async () => {
    const folder = new FakeFolder()
    const storage = storageOf(folder)
    await storage.load()
    for (let life = 0; life < 3; life++) {
      folder.goodSyncs = 0
      const failed = life === 0 ? storage.write({ entries: [large(1)] }) : storageOf(folder).load()
      await expect(failed).rejects.toMatchObject({ code: 'consensus.disk_failed' })
      await storage.close()
    }
    folder.goodSyncs = Infinity
    expect((await storageOf(folder).load())?.entries).toHaveLength(1)
    expect((await storageOf(folder.crash(losesAll)).load())?.entries).toHaveLength(1)
  })
})
