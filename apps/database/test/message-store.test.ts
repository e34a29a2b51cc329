import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NewMessage } from '../src/database.api.ts'
import { MessageStore } from '../src/message-store.ts'

const at = '2026-01-01T00:00:00.000Z'
const message = (text: string, key: string | null = null, room = 'lobby'): NewMessage => ({
  room,
  user: 'ann',
  text,
  key,
})

describe('the message store', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'agner-store-'))
    file = join(folder, 'messages.sqlite')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('keeps messages in order over a restart', () => {
    {
      using store = new MessageStore(file)
      expect(store.append([message('a'), message('b')], at)).toMatchObject([
        { ok: { id: 1, text: 'a' }, previous: 0 },
        { ok: { id: 2, text: 'b' }, previous: 1 },
      ])
    }
    using again = new MessageStore(file)
    expect(again.append([message('c')], at)).toMatchObject([{ ok: { id: 3 }, previous: 2 }])
    expect(again.append([message('elsewhere', null, 'attic')], at)).toMatchObject([{ ok: { id: 4 }, previous: 0 }])
    expect(again.history('lobby', 0, 10).map(({ text }) => text)).toEqual(['a', 'b', 'c'])
    expect(again.history('lobby', 2, 10).map(({ text }) => text)).toEqual(['c'])
    expect(again.since(1, 1).map(({ text }) => text)).toEqual(['b'])
    expect(again.rooms()).toEqual([
      { room: 'attic', messages: 1 },
      { room: 'lobby', messages: 3 },
    ])
  })

  it('stores a message with a key once, also within one batch and over a restart', () => {
    {
      using store = new MessageStore(file)
      const [first, second] = store.append([message('a', 'k'), message('a', 'k')], at)
      expect(second).toEqual(first)
    }
    using again = new MessageStore(file)
    expect(again.append([message('b')], at)).toMatchObject([{ ok: { id: 2 }, previous: 1 }])
    expect(again.append([message('a', 'k')], 'later')).toMatchObject([{ ok: { id: 1, at }, previous: 0 }])
    expect(again.history('lobby', 0, 10)).toHaveLength(2)
  })

  it('refuses a key that stands for another message, and stores nothing for it', () => {
    using store = new MessageStore(file)
    store.append([message('a', 'k')], at)
    expect(store.append([message('b', 'k'), message('c')], at)).toMatchObject([
      { error: 'keyReused' },
      { ok: { text: 'c' } },
    ])
    expect(store.history('lobby', 0, 10).map(({ text }) => text)).toEqual(['a', 'c'])
  })

  it('stores nothing of a batch that fails', () => {
    using store = new MessageStore(file)
    expect(() => store.append([message('a'), { ...message('b'), user: null as unknown as string }], at)).toThrow(
      /NOT NULL/,
    )
    expect(store.history('lobby', 0, 10)).toEqual([])
    expect(store.append([message('c')], at)).toMatchObject([{ ok: { text: 'c' } }])
  })

  it('syncs at every commit', () => {
    using store = new MessageStore(file)
    store.append([message('a')], at)
    // The settings that make SQLite call fsync before a commit returns in write-ahead-log mode.
    expect(store.durability()).toEqual({ journalMode: 'wal', synchronous: 2 })
    using other = new DatabaseSync(file, { readOnly: true })
    expect(other.prepare('SELECT count(*) AS n FROM messages').get()).toMatchObject({ n: 1 })
  })
})
