import { describe, expect, it } from 'vitest'
import { answersTo, freshOf, toWrite, type StoredRow } from '../src/postgres/batch.ts'

const writing = (text: string, key: string | null) => toWrite({ room: 'lobby', user: 'ann', text, key })
const row = (id: number, text: string, key: string): StoredRow => ({
  message: { id, room: 'lobby', user: 'ann', text, at: 'then' },
  previous: id - 1,
  digest: writing(text, key).digest,
})
const byDigest = (...rows: StoredRow[]) => new Map(rows.map((each) => [each.digest, each]))

describe('a batch for PostgreSQL', () => {
  it('stores of each key the first, and only what is not there', () => {
    const batch = [
      writing('a', 'one'),
      writing('b', 'two'),
      writing('b', 'two'),
      writing('c', 'two'),
      writing('d', 'one'),
    ]
    expect(freshOf(batch, byDigest(row(1, 'a', 'one')))).toEqual([batch[1]])
    expect(answersTo(batch, byDigest(row(1, 'a', 'one'), row(2, 'b', 'two')))).toMatchObject([
      { ok: { id: 1 }, previous: 0 },
      { ok: { id: 2 }, previous: 1 },
      { ok: { id: 2 } },
      { error: 'keyReused' },
      { error: 'keyReused' },
    ])
  })

  it('has a key for each message, so that it can be tried again; those without one are all stored', () => {
    const batch = [writing('a', null), writing('a', null)]
    expect(freshOf(batch, new Map())).toEqual(batch)
    expect(writing('a', 'k').digest).toBe(writing('b', 'k').digest)
    expect(writing('a', 'k').digest).not.toBe(writing('a', 'l').digest)
    for (const { digest } of batch) expect(digest).toMatch(/^[0-9a-f]{64}$/)
  })
})
