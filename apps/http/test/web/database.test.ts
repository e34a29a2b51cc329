import { describe, expect, test } from 'vitest'
import { readCluster } from '../../web/src/model/cluster.ts'
import { behindOf, readDatabase, storingOf, type DatabasePart } from '../../web/src/model/database.ts'

const leader = {
  role: 'leader',
  term: 4,
  leader: 'db1@h',
  committed: 90,
  applied: 90,
  lag: 0,
  serves: 'readsAndWrites',
}
const follower = { ...leader, role: 'follower', applied: 80, lag: 2, committed: 82, serves: 'nothing' }
const witness = { ...leader, role: 'witness', serves: 'nothing' }

function nodes(parts: Readonly<Record<string, object | undefined>>, down: readonly string[] = []) {
  const told = Object.entries(parts).map(([name, database]) => {
    const up = !down.includes(name)
    return { name, service: name.startsWith('db') ? 'database' : 'log', up, ...(up ? { database } : {}) }
  })
  return readCluster({ nodes: told }).nodes
}
const storing = (parts: Readonly<Record<string, object | undefined>>, down?: readonly string[]) =>
  storingOf(nodes(parts, down))

describe('what becomes of a message', () => {
  test('it is stored where a leader serves', () =>
    expect(storing({ db1: leader, db2: follower, log: witness })).toBe('works'))

  test('it is refused where only reads are served', () =>
    expect(storing({ db1: { ...leader, serves: 'reads' }, db2: follower, log: witness }, ['db2', 'log'])).toBe(
      'readOnly',
    ))

  test('one that serves writes is enough, whatever an old leader still says', () =>
    expect(storing({ db1: { ...leader, term: 3, serves: 'reads' }, db2: leader, log: witness })).toBe('works'))

  test('it waits while nobody serves, and while nobody is there', () => {
    expect(storing({ db1: leader, db2: follower, log: witness }, ['db1'])).toBe('moving')
    expect(storing({ db1: leader, db2: follower, log: witness }, ['db1', 'db2'])).toBe('away')
  })

  test('a cluster that says nothing of it is not called broken', () => {
    expect(storing({ db1: undefined, log: undefined })).toBe('unknown')
    expect(storing({})).toBe('unknown')
  })
})

describe('how far a copy is behind', () => {
  const lagOf = (
    name: string,
    parts: Readonly<Record<string, object | undefined>>,
    down?: readonly string[],
  ): number => {
    const all = nodes(parts, down)
    return behindOf(all.find((node) => node.name === name)!.database!, all)
  }

  test('is told by the newest that any node knows, since its own knowledge may be old', () => {
    expect(lagOf('db2', { db1: leader, db2: follower })).toBe(10)
    expect(lagOf('db1', { db1: leader, db2: follower })).toBe(0)
  })

  test('is its own word when the others are down', () =>
    expect(lagOf('db2', { db1: leader, db2: follower }, ['db1'])).toBe(2))
})

describe('what the server says', () => {
  test('is read as far as it makes sense', () => {
    const nothing: DatabasePart = {
      role: 'other',
      term: undefined,
      leader: undefined,
      committed: undefined,
      applied: undefined,
      lag: 0,
      serves: 'nothing',
    }
    expect(readDatabase(leader)).toEqual(leader)
    expect(readDatabase({})).toEqual(nothing)
    expect(readDatabase({ role: 'king', term: 'x', leader: null, lag: -3, serves: 'everything' })).toEqual(nothing)
    expect([undefined, null, 7, 'leader'].map(readDatabase)).toEqual([undefined, undefined, undefined, undefined])
  })
})
