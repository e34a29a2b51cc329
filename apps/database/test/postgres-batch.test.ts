import { describe, expect, it } from 'vitest'
import { answersTo, freshOf, toWrite, type StoredRow } from '../src/postgres/batch.ts'
import { troubleOf } from '../src/postgres/errors.ts'

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

  it('has only what PostgreSQL can keep, and takes a retry for the same message', () => {
    const odd = writing('a\0b \ud83d', 'k')
    expect(odd.message.text).toBe('a\u{FFFD}b \u{FFFD}')
    expect(answersTo([writing('a\0b \ud83d', 'k')], byDigest(row(1, odd.message.text, 'k')))).toMatchObject([
      { ok: {} },
    ])
  })
})

describe('an error of PostgreSQL', () => {
  const coded = (code: string) => Object.assign(new Error('so it is.'), { code })

  it.each([
    ['ECONNREFUSED', 'database.unreachable'],
    ['57P01', 'database.unreachable'],
    ['57P03', 'database.unreachable'],
    ['08006', 'database.unreachable'],
    ['57014', 'database.slow'],
    ['55P03', 'database.slow'],
    ['40001', 'database.slow'],
    ['25P03', 'database.slow'],
    ['25006', 'database.read_only'],
    ['53300', 'database.full'],
    ['53100', 'database.no_room'],
    ['28P01', 'database.refused'],
    ['3D000', 'database.refused'],
    ['42501', 'database.refused'],
    ['42P01', 'database.wrong_schema'],
  ])('%s is %s', (code, expected) => {
    const trouble = troubleOf(coded(code), 'h:1/d')
    expect(trouble).toMatchObject({ code: expected })
    expect(trouble!.message).toContain('h:1/d')
    expect(trouble!.message).toContain('so it is')
  })

  it.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect', 'Query read timeout'])(
    'without a code is known by its words: %s',
    (words) => expect(troubleOf(new Error(words), 'h:1/d')).not.toBeNull(),
  )

  it('that is a mistake of this program is left as it is', () => {
    for (const error of [coded('42601'), coded('23505'), new TypeError('x is not a function'), 'no error'])
      expect(troubleOf(error, 'h:1/d')).toBeNull()
  })

  it('that has only others in it says those', () => {
    const all = new AggregateError([new Error('connect ECONNREFUSED ::1:5432'), new Error('connect ECONNREFUSED')])
    expect(troubleOf(Object.assign(all, { code: 'ECONNREFUSED' }), 'h:1/d')!.message).toContain('::1:5432')
  })
})
