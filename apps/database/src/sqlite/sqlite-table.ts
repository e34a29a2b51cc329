/**
 * The copy of the messages in SQLite: one thread writes, another reads, so that who reads does not wait for the disk of who writes.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { MessageTable } from '../log/message-table.ts'
import { SqliteThread } from './thread.ts'

/** Opens the file, or makes it. Rejects if that cannot be done. */
export async function openSqliteTable(file: string): Promise<MessageTable> {
  mkdirSync(dirname(file), { recursive: true })
  const writer = await SqliteThread.open(file)
  const reader = await SqliteThread.open(file).catch(async (error: unknown) => {
    await writer.close()
    throw error
  })
  return {
    position: () => reader.ask('position'),
    apply: (rows, index) => writer.ask('apply', rows, index),
    look: (asked) => reader.ask('look', asked),
    byIds: (ids) => reader.ask('byIds', ids),
    history: (query) => reader.ask('history', query),
    since: (query) => reader.ask('since', query),
    rows: (query) => reader.ask('rows', query),
    rooms: () => reader.ask('rooms'),
    close: async () => void (await Promise.all([writer.close(), reader.close()])),
  }
}
