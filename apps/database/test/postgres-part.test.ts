import { describe, expect, it } from 'vitest'
import { PostgresError } from '../src/postgres/errors.ts'
import { PostgresPart } from '../src/postgres/part.ts'

const away = new PostgresError('database.unreachable', 'h:1/d', 'it is off')
const slow = new PostgresError('database.slow', 'h:1/d', 'it is busy')

function part(): { readonly part: PostgresPart; readonly said: string[] } {
  const said: string[] = []
  return { part: new PostgresPart('db1@h', 'h:1/d', (level, line) => said.push(`${level} ${line}`)), said }
}

describe("a node's part in keeping messages in PostgreSQL", () => {
  it('is what PostgreSQL says, and nothing when that cannot be asked', () => {
    const { part: mine } = part()
    expect(mine.status()).toMatchObject({ role: 'candidate', leader: null, term: 0, serves: 'nothing' })
    mine.saw({ leader: 'db2@h', token: 4, newest: 17 })
    expect(mine.status()).toEqual({
      role: 'follower',
      term: 4,
      leader: 'db2@h',
      committed: 17,
      applied: 17,
      lag: 0,
      serves: 'nothing',
    })
    mine.fails(away)
    expect(mine.status()).toMatchObject({ role: 'candidate', leader: null, term: 4 })
    mine.works()
    expect(mine.status()).toMatchObject({ role: 'follower', leader: 'db2@h' })
  })

  it('is to serve from the moment that the server runs here, by its claim, and to its end', () => {
    const { part: mine } = part()
    mine.saw({ leader: 'db2@h', token: 4, newest: 17 })
    const end = mine.serves(5)
    expect(mine.status()).toMatchObject({ role: 'leader', leader: 'db1@h', term: 5, serves: 'readsAndWrites' })
    mine.fails(away)
    expect(mine.status()).toMatchObject({ role: 'leader', serves: 'nothing' })
    mine.works()
    // A server that is started again before the old one is gone.
    mine.serves(6)
    end()
    expect(mine.status()).toMatchObject({ role: 'leader', term: 6, serves: 'readsAndWrites' })
  })

  it('says each trouble once, when it begins and when it ends', () => {
    const { part: mine, said } = part()
    for (const error of [away, away, slow]) mine.fails(error)
    mine.works()
    mine.works()
    mine.fails(away)
    expect(said).toEqual([
      expect.stringContaining('warning PostgreSQL at h:1/d cannot be reached: it is off'),
      expect.stringContaining('warning PostgreSQL at h:1/d does not answer in time: it is busy'),
      'notice PostgreSQL at h:1/d can be used again',
      expect.stringContaining('warning PostgreSQL at h:1/d cannot be reached'),
    ])
  })
})
