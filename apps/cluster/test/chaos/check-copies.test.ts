import { mkdtempSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { checkCopies } from '../../src/chaos/check-copies.ts'
import { readCopies } from '../../src/chaos/copies.ts'
import type { Message } from '../../src/chaos/history.ts'

const message = (id: number, text = `text ${id}`, room = 'lobby'): Message => ({
  id,
  room,
  user: 'ann',
  text,
  at: 'now',
})
const [one, two, three, four] = [message(1), message(2, 'text 2', 'attic'), message(3), message(4)]
const rooms = new Map([
  ['lobby', [one, three]],
  ['attic', [two]],
])
const all = [one, two, three]
const checked = (db1: readonly Message[] | null, db2: readonly Message[] | null): string[] =>
  checkCopies(
    rooms,
    new Map([
      ['db1', db1],
      ['db2', db2],
    ]),
  )

describe('the checker of the copies on disk', () => {
  it('accepts those that have what was read', () => {
    expect(checked(all, all)).toEqual([])
    expect(checkCopies(rooms, new Map())).toEqual([])
  })

  it('accepts what came through after that, in one of them or in both', () => {
    expect(checked([...all, four], all)).toEqual([])
    expect(checked([...all, four], [...all, four])).toEqual([])
  })

  it.each<[string, string[], string]>([
    ['lacks a message', checked(all, [one, three]), 'the copy of db2 has not 2'],
    ['is empty', checked([], all), 'the copy of db1 has not 1, 3, 2'],
    [
      'has another message',
      checked(all, [one, message(2, 'x', 'attic'), three]),
      'the copy of db2 has otherwise than it was read: 2',
    ],
    ['has what nobody could read', checked([message(0), ...all], all), 'the copy of db1 has what nobody could read: 0'],
    ['cannot be read', checked(null, all), 'the copy of db1 cannot be read'],
    [
      'went on in another way than the other',
      checked([...all, four], [...all, message(4, 'x')]),
      'the copies of db1 and db2 have another message 4 each',
    ],
  ])('finds one that %s', (_, found, expected) => {
    expect(found).toEqual([expected])
  })
})

describe('the copies of the nodes', () => {
  it('are read from their files; one that is not there is none', () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'agner-copies-'))
    try {
      mkdirSync(join(dataFolder, 'messages'))
      const db = new DatabaseSync(join(dataFolder, 'messages', 'db1.sqlite'))
      db.exec('CREATE TABLE messages (id INTEGER PRIMARY KEY, room TEXT, user TEXT, text TEXT, at TEXT, key TEXT)')
      db.exec(
        `INSERT INTO messages VALUES (2, 'attic', 'ann', 'text 2', 'now', 'k'), (1, 'lobby', 'ann', 'text 1', 'now', NULL)`,
      )
      db.close()
      const copies = readCopies(dataFolder)
      expect([...copies.keys()]).toEqual(['db1@127.0.0.1', 'db2@127.0.0.1'])
      expect(copies.get('db1@127.0.0.1')).toEqual([one, two])
      expect(copies.get('db2@127.0.0.1')).toBeNull()
    } finally {
      rmSync(dataFolder, { recursive: true })
    }
  })
})
