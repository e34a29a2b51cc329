/** The file on threads of its own: order, errors, and what is left when a thread is gone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSqliteTable } from '../../src/sqlite/sqlite-table.ts'
import { SqliteThread } from '../../src/sqlite/thread.ts'

const row = (id: number) => ({ id, room: 'lobby', user: 'ann', text: 'hi', at: 'now', key: null, previous: id - 1 })

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agner-thread-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('who reads sees what was applied before, by another thread; closing does first what was asked', async () => {
  const file = join(folder, 'deeper', 'messages.sqlite')
  const table = await openSqliteTable(file)
  for (let n = 1; n <= 20; n++) {
    await table.apply([row(n)], n)
    expect(await table.position()).toEqual({ index: n, lastId: n })
  }
  const last = table.apply([row(21)], 21)
  await table.close()
  await last
  await table.close()
  await expect(table.rooms()).rejects.toThrow('the thread has ended')
  const again = await openSqliteTable(file)
  expect(await again.position()).toEqual({ index: 21, lastId: 21 })
  await again.close()
})

it('an error is told to who asked, and the thread goes on', async () => {
  const thread = await SqliteThread.open(join(folder, 'messages.sqlite'))
  await expect(thread.ask('apply', [row(2)], 1)).rejects.toThrow('message 2 cannot stand where 1 is due')
  await thread.ask('apply', [row(1)], 1)
  expect(await thread.ask('position')).toEqual({ index: 1, lastId: 1 })
  await thread.close()
})

it('a file that is no database is refused at once', async () => {
  const file = join(folder, 'messages.sqlite')
  writeFileSync(file, 'this is a letter to a friend, and no database, however long one reads on in it')
  await expect(openSqliteTable(file)).rejects.toThrow(/not a database/)
})
