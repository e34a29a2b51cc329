/** STORAGE.md: its test vectors are what is written, and what is written is read. */
import { readFileSync } from 'node:fs'
import { internPid } from '@agner/core/kernel'
import { ValueCodec } from '@agner/distribution/values'
import { describe, expect, it } from 'vitest'
import type { Configuration, Entry, Snapshot, Write } from '../../src/raft/interface.ts'
import { encodeBatch } from '../../src/storage/segments/batch.ts'
import { checksum } from '../../src/storage/segments/bytes.ts'
import { encodeHead, headBytes } from '../../src/storage/segments/head.ts'
import { encodeOwner } from '../../src/storage/segments/owner-file.ts'
import { encodeWrite } from '../../src/storage/segments/records.ts'
import { SegmentStorage } from '../../src/storage/segments/segment-storage.ts'
import { encodeSnapshot } from '../../src/storage/segments/snapshot-file.ts'
import { FakeFolder } from './fake-folder.ts'

const page = readFileSync(new URL('../../STORAGE.md', import.meta.url), 'utf8')
const [, block = ''] = /## 6\. Test vectors\n\n```\n(.*?)```/s.exec(page) ?? []
const vectors = [...block.matchAll(/^# .*\n((?:[0-9a-f ]+\n)+)/gm)].map(([, hex = '']) => hex.replaceAll(/\s/g, ''))

const codec = new ValueCodec()
const members: Configuration = [{ id: 'a@h', role: 'voter' }]
const first: Omit<Write, 'id'> = {
  ballot: { term: 7, votedFor: 'a@h' },
  truncateFrom: 4,
  entries: [{ index: 4, term: 7, type: 'nothing' }],
}
const request = { session: 's', sequence: 1, answered: 0 }
const second: readonly Entry[] = [
  { index: 5, term: 7, type: 'command', command: { add: 1 }, request },
  { index: 6, term: 7, type: 'configuration', configuration: members },
]
const snapshot: Snapshot = {
  index: 6,
  term: 7,
  configuration: members,
  state: { sum: 1, by: internPid('a@h', 9, 3) },
}

const owner = { group: 'bank', member: 'a@h' }
const head = encodeHead({ number: 2, previousEnd: 4096 })
const batch = encodeBatch(2, headBytes, encodeWrite(first, codec))
const next = encodeBatch(2, headBytes + batch.length, encodeWrite({ entries: second }, codec))
const mark = encodeBatch(2, headBytes + batch.length + next.length, [])
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytesOf = (text: string | undefined): Uint8Array => Buffer.from(text ?? '', 'hex')

describe('the format', () => {
  it('has the checksum that is specified', () => {
    expect(checksum(new TextEncoder().encode('123456789')).toString(16)).toBe('cbf43926')
  })

  it('is written as the test vectors say', () => {
    const snapshotBytes = Buffer.concat(encodeSnapshot(snapshot, codec))
    const ownerBytes = encodeOwner(owner, codec)
    expect([head, batch, next, mark, snapshotBytes, ownerBytes].map(hex)).toEqual(vectors)
  })

  it('is read: a segment and a snapshot of the test vectors', async () => {
    const folder = new FakeFolder()
    const put = async (name: string, ...parts: readonly Uint8Array[]): Promise<void> =>
      (await folder.create(name)).write(Buffer.concat(parts), 0)
    const [segment, ...rest] = vectors.map(bytesOf)
    const ownerFile = rest.pop()!
    const file = rest.pop()!
    await put('0000000000000002.log', segment!, ...rest)
    // The first entry is 4: without a snapshot those before it are missing.
    await expect(new SegmentStorage(folder, 'log', 4096).load()).rejects.toMatchObject({
      message: expect.stringContaining('entry 4 follows entry 0') as string,
    })
    await put('0000000000000006.snapshot', file)
    await put('owner', ownerFile)
    const stored = await new SegmentStorage(folder, 'log', 4096).load(owner)
    expect(stored).toEqual({ ballot: first.ballot, snapshot, entries: [] })
  })

  it('of another version is refused, not guessed at', async () => {
    const folder = new FakeFolder()
    const later = head.slice()
    new DataView(later.buffer).setUint16(8, 2)
    new DataView(later.buffer).setUint32(28, checksum(later.subarray(0, 28)))
    const file = await folder.create('0000000000000002.log')
    await file.write(later, 0)
    await expect(new SegmentStorage(folder, 'log', 4096).load()).rejects.toMatchObject({
      code: 'consensus.log_version',
      details: { found: 2, known: 1 },
    })
  })
})
