/** Bits that flip, bytes that vanish, files that are gone: found, or in what was never promised. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Entry, Snapshot } from '../../src/raft/interface.ts'
import type { Stored } from '../../src/storage/storage.ts'
import { batchHeadAt, batchHeadBytes } from '../../src/storage/segments/batch.ts'
import { segmentNumbers } from '../../src/storage/segments/names.ts'
import { SegmentStorage } from '../../src/storage/segments/segment-storage.ts'
import { FakeFolder, keepsAll } from './fake-folder.ts'

/** One bit of each byte, and another of the next; in a deep run all of them. */
const bitsApart = process.env['AGNER_SEEDS'] === undefined ? 9 : 1

const storageOf = (folder: FakeFolder): SegmentStorage => new SegmentStorage(folder, 'log', 200)

const command = (index: number, bytes = 20): Entry => ({
  index,
  term: 1,
  type: 'command',
  command: new Uint8Array(bytes).fill(index),
  request: null,
})
const snapshot: Snapshot = { index: 6, term: 1, configuration: [{ id: 'a@h', role: 'voter' }], state: 'six' }

/** Several segments, a snapshot that stands for the first, and at the end, unless it is whole, a batch that is not synced. */
async function logOf(isWhole: boolean): Promise<{ readonly folder: FakeFolder; readonly stored: Stored }> {
  const folder = new FakeFolder()
  const storage = storageOf(folder)
  await storage.load()
  await storage.write({ ballot: { term: 1, votedFor: 'a@h' } })
  for (let index = 1; index <= 14; index++) {
    await storage.write({ entries: [command(index)] })
    if (index === 8) await storage.save(snapshot)
  }
  if (isWhole) await storage.close()
  else {
    folder.goodSyncs = 0
    await storage.write({ entries: [command(15)] }).catch(() => undefined)
  }
  const left = folder.crash(keepsAll)
  return { folder: left, stored: (await storageOf(left.crash(keepsAll)).load())! }
}

/** Zeros to the end of the file. */
const isRoom = (bytes: Uint8Array, offset: number): boolean => bytes.subarray(offset).every((byte) => byte === 0)

type Found =
  | { readonly stored: Stored | null }
  | { readonly code: string; readonly file: string; readonly message: string }

async function foundIn(folder: FakeFolder): Promise<Found> {
  try {
    return { stored: await storageOf(folder).load() }
  } catch (error) {
    const { code, message, details } = error as Error & { code: string; details: { file: string } }
    return { code, message, file: details.file }
  }
}

async function flips(folder: FakeFolder, name: string, each: (found: Found, offset: number) => void): Promise<void> {
  const { length } = folder.bytesOf(name)
  for (let bit = 0; bit < length * 8; bit += bitsApart) {
    const hurt = folder.crash(keepsAll)
    hurt.bytesOf(name)[bit >> 3]! ^= 1 << (bit & 7)
    each(await foundIn(hurt), bit >> 3)
  }
}

describe('of a log that was closed', () => {
  let folder: FakeFolder
  let stored: Stored
  let names: readonly string[]
  beforeAll(async () => {
    ;({ folder, stored } = await logOf(true))
    names = await folder.list()
  })

  it('all is there to begin with', () => {
    expect(names.filter((name) => name.endsWith('.log')).length).toBeGreaterThan(2)
    expect(stored.snapshot).toEqual(snapshot)
    expect(stored.entries.map(({ index }) => index)).toEqual([7, 8, 9, 10, 11, 12, 13, 14])
    expect(stored.ballot).toEqual({ term: 1, votedFor: 'a@h' })
  })

  it('each flipped bit is found, and where; only the mark at the end proves nothing but itself', async () => {
    const last = names
      .filter((name) => name.endsWith('.log'))
      .toSorted()
      .at(-1)
    for (const name of names) {
      const bytes = Buffer.from(folder.bytesOf(name))
      const end = name.endsWith('.log') ? bytes.lastIndexOf('Bat1') : bytes.length
      await flips(folder, name, (found, offset) => {
        const isFound = 'code' in found && found.code === 'consensus.damaged_log' && found.file === `log/${name}`
        const isHarmless = 'stored' in found && JSON.stringify(found.stored) === JSON.stringify(stored)
        // A segment before the last may end in a batch: then that has no mark.
        const isMark = batchHeadAt(segmentNumbers([name])[0] ?? 0, bytes, end)?.length === 0
        const isBehind = name === last ? offset >= end : offset >= end && isMark
        const isFine = isBehind ? isHarmless : isFound || (name !== last && isRoom(bytes, offset) && isHarmless)
        if (!isFine) throw new Error(`${name}, byte ${offset}: ${JSON.stringify(found)}`)
      })
    }
  })

  it('a file that is missing is found, if anything was in it that is needed', async () => {
    for (const name of names) {
      const hurt = folder.crash(keepsAll)
      await hurt.remove(name)
      const found = await foundIn(hurt)
      const isLast =
        name ===
        names
          .filter((one) => one.endsWith('.log'))
          .toSorted()
          .at(-1)
      // Nobody knows that there was another one behind the last.
      if (!isLast) expect({ name, ...found }).toMatchObject({ name, code: 'consensus.damaged_log' })
    }
  })

  it('a file that is too short is found', async () => {
    for (const name of names.filter((one) => one.endsWith('.snapshot') || one < names.at(-1)!)) {
      const { length } = folder.bytesOf(name)
      for (const kept of [0, 10, length >> 1]) {
        const hurt = folder.crash(keepsAll)
        await (await hurt.open(name)).truncate(kept)
        expect({ name, kept, ...(await foundIn(hurt)) }).toMatchObject({ name, kept, code: 'consensus.damaged_log' })
      }
    }
  })

  it('the error says where and what to do, and nothing was changed', async () => {
    const hurt = folder.crash(keepsAll)
    const name = names.find((one) => one.endsWith('.log'))!
    hurt.bytesOf(name)[60]! ^= 1
    const { writes } = hurt
    const found = await foundIn(hurt)
    expect(found).toMatchObject({
      message: expect.stringMatching(/byte \d+: .*remove the member from the group/s) as string,
    })
    expect([hurt.writes, await hurt.list()]).toEqual([writes, names])
    // Not locked either.
    expect(await foundIn(hurt)).toEqual(found)
  })
})

describe('of a log whose last batch was not synced', () => {
  it('each flipped bit is found, or in that batch, which then is not there', async () => {
    const { folder, stored } = await logOf(false)
    expect(stored.entries.at(-1)?.index).toBe(15)
    const all = JSON.stringify(stored)
    const before = JSON.stringify({ ...stored, entries: stored.entries.slice(0, -1) })
    let cut = 0
    const names = await folder.list()
    const last = names
      .filter((name) => name.endsWith('.log'))
      .toSorted()
      .at(-1)!
    const whole = folder.bytesOf(last)
    await flips(folder, last, (found, offset) => {
      if ('code' in found) return expect(found.code).toBe('consensus.damaged_log')
      if (isRoom(whole, offset)) return expect(JSON.stringify(found.stored)).toBe(all)
      expect(JSON.stringify(found.stored)).toBe(before)
      cut++
    })
    // The batch is its head, the record's 21 bytes, and the command in its list.
    const bytes = batchHeadBytes + 21 + 2 + 20 + 1
    expect(Math.abs(cut - (8 * bytes) / bitsApart)).toBeLessThanOrEqual(1)
  })
})

describe('a disk that says it has synced', () => {
  it('and has lost a batch in the middle is found out', async () => {
    const folder = new FakeFolder()
    const storage = new SegmentStorage(folder, 'log', 100_000)
    await storage.load()
    // Each batch is larger than a sector.
    for (let index = 1; index <= 3; index++) await storage.write({ entries: [command(index, 2000)] })
    folder.isLying = true
    await storage.write({ entries: [command(4, 2000)] })
    await storage.write({ entries: [command(5, 2000)] })
    let asked = 0
    const left = folder.crash({ keepSector: () => asked++ > 2, keepNames: (count) => count })
    expect(await foundIn(left)).toMatchObject({ code: 'consensus.damaged_log' })
  })
})
