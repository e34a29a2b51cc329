import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Row } from '../src/log/message-table.ts'
import { SqliteFile } from '../src/sqlite/sqlite-file.ts'

const row = (id: number, more: Partial<Row> = {}): Row => ({
  id,
  room: 'lobby',
  user: 'ann',
  text: `text ${id}`,
  at: '2026-01-01T00:00:00.000Z',
  key: null,
  previous: id - 1,
  ...more,
})

const message = ({ key: _, previous: __, ...rest }: Row) => rest

describe('the copy in a SQLite file', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'agner-sqlite-'))
    file = join(folder, 'messages.sqlite')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('keeps rows and the place in the log over a restart', () => {
    const rows = [row(1), row(2, { room: 'attic', previous: 0, key: 'k' }), row(3, { previous: 1 })]
    {
      using store = new SqliteFile(file)
      expect(store.position()).toEqual({ index: 0, lastId: 0 })
      store.apply(rows, 7)
    }
    using again = new SqliteFile(file)
    expect(again.position()).toEqual({ index: 7, lastId: 3 })
    expect(again.rows({ after: 0, limit: 10 })).toEqual(rows)
    expect(again.rows({ after: 1, limit: 1 })).toEqual([rows[1]])
    const all = (...messages: Row[]) => ({ messages: messages.map(message), more: false })
    expect(again.since({ after: 1, limit: 10 })).toEqual(all(...rows.slice(1)))
    expect(again.history({ room: 'lobby', after: 0, limit: 10 })).toEqual(all(rows[0]!, rows[2]!))
    expect(again.history({ room: 'lobby', after: 1, limit: 10 })).toEqual(all(rows[2]!))
    expect(again.byIds([3, 9, 1])).toEqual([rows[2], rows[0]])
    expect(again.rooms()).toEqual([
      { room: 'attic', messages: 1 },
      { room: 'lobby', messages: 2 },
    ])
  })

  it('gives pages of a bounded size, also to another copy, and holds nothing open for what it left out', () => {
    using store = new SqliteFile(file)
    const rows = Array.from({ length: 10 }, (_, n) => row(n + 1, { text: 'x'.repeat(300_000) }))
    store.apply(rows, 1)
    expect(store.rows({ after: 0, limit: 10 })).toEqual(rows.slice(0, 3))
    expect(store.rows({ after: 8, limit: 10 })).toEqual(rows.slice(8))
    expect(store.since({ after: 0, limit: 2 })).toEqual({ messages: rows.slice(0, 2).map(message), more: true })
    expect(store.since({ after: 0, limit: 10 })).toEqual({ messages: rows.slice(0, 3).map(message), more: true })
    expect(store.since({ after: 7, limit: 10 })).toEqual({ messages: rows.slice(7).map(message), more: false })
    // Who reads in the middle of a page keeps the log from being written back.
    using other = new DatabaseSync(file)
    expect(other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()).toMatchObject({ busy: 0 })
  })

  it('says what it knows of keys and rooms, and up to where', () => {
    using store = new SqliteFile(file)
    store.apply([row(1, { key: 'a' }), row(2, { key: 'b', room: 'attic', previous: 0 }), row(3, { previous: 1 })], 5)
    expect(store.look({ keys: ['b', 'c'], rooms: ['lobby', 'cellar'] })).toEqual({
      upTo: 3,
      byKey: [row(2, { key: 'b', room: 'attic', previous: 0 })],
      rooms: [['lobby', 3]],
    })
  })

  it('stores all of a batch or nothing, and refuses what leaves a gap or comes twice', () => {
    using store = new SqliteFile(file)
    store.apply([row(1, { key: 'k' })], 3)
    expect(() => store.apply([row(2), row(4)], 4)).toThrow('message 4 cannot stand where 3 is due')
    expect(() => store.apply([row(1)], 4)).toThrow('message 1 cannot stand where 2 is due')
    expect(() => store.apply([row(2), row(3, { key: 'k' })], 4)).toThrow(/UNIQUE/)
    expect(() => store.apply([row(2), row(3, { user: null as unknown as string })], 4)).toThrow(/NOT NULL/)
    expect(store.position()).toEqual({ index: 3, lastId: 1 })
    expect(store.rooms()).toEqual([{ room: 'lobby', messages: 1 }])
    store.apply([row(2)], null)
    expect(store.position()).toEqual({ index: 3, lastId: 2 })
    store.apply([], 9)
    expect(store.position()).toEqual({ index: 9, lastId: 2 })
  })

  it('syncs at every commit', () => {
    using store = new SqliteFile(file)
    store.apply([row(1)], 1)
    // The settings that make SQLite call fsync before a commit returns in write-ahead-log mode.
    expect(store.durability()).toEqual({ journalMode: 'wal', synchronous: 2 })
    using other = new DatabaseSync(file, { readOnly: true })
    expect(other.prepare('SELECT count(*) AS n FROM messages').get()).toMatchObject({ n: 1 })
  })
})
