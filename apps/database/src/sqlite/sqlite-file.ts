/**
 * The copy of the messages in a SQLite file, called as a function: what a thread of its own runs.
 *
 * A write is one transaction, and has returned when it was synced: write-ahead log with `synchronous = FULL`, so that a commit has called fsync.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Message, RoomSummary } from '../database.api.ts'
import type { Looked, Position, Row } from '../log/message-table.ts'
import { takePage, type Page } from '../pages.ts'
import type { PageQuery } from '../questions.ts'

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA busy_timeout = 2000;
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    room TEXT NOT NULL,
    user TEXT NOT NULL,
    text TEXT NOT NULL,
    at TEXT NOT NULL,
    key TEXT UNIQUE,
    previous INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS messages_by_room ON messages (room, id);
  CREATE TABLE IF NOT EXISTS rooms (
    room TEXT PRIMARY KEY,
    messages INTEGER NOT NULL,
    last INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS position (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), log_index INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO position VALUES (1, 0);
`

const message = 'id, room, user, text, at'
const row = `${message}, key, previous`

export class SqliteFile implements Disposable {
  readonly #db: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()

  /** @param file a path, made if it is not there. */
  constructor(file: string) {
    this.#db = new DatabaseSync(file)
    this.#db.exec(schema)
  }

  position(): Position {
    const found = this.#sql('SELECT log_index, (SELECT max(id) FROM messages) AS last FROM position').get()
    return { index: Number(found?.['log_index']), lastId: Number(found?.['last'] ?? 0) }
  }

  /** Stores all or nothing; what it has returned from is on disk. */
  apply(rows: readonly Row[], index: number | null): void {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const insert = this.#sql(`INSERT INTO messages (${row}) VALUES (?, ?, ?, ?, ?, ?, ?)`)
      const count = this.#sql(
        `INSERT INTO rooms VALUES (?, 1, ?) ON CONFLICT (room) DO UPDATE SET messages = messages + 1, last = excluded.last`,
      )
      let { lastId } = this.position()
      for (const { id, room, user, text, at, key, previous } of rows) {
        if (id !== ++lastId) throw new Error(`message ${String(id)} cannot stand where ${String(lastId)} is due`)
        insert.run(id, room, user, text, at, key, previous)
        count.run(room, id)
      }
      if (index !== null) this.#sql('UPDATE position SET log_index = ?').run(index)
      this.#db.exec('COMMIT')
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  look({ keys, rooms }: { readonly keys: readonly string[]; readonly rooms: readonly string[] }): Looked {
    // One transaction: nothing comes between what is read and what it is said to be the end of.
    this.#db.exec('BEGIN')
    try {
      const byKey = keys.flatMap((key) => this.#sql(`SELECT ${row} FROM messages WHERE key = ?`).all(key).map(toRow))
      const last = rooms.flatMap((room) =>
        this.#sql('SELECT room, last FROM rooms WHERE room = ?')
          .all(room)
          .map((found) => [String(found['room']), Number(found['last'])] as const),
      )
      return { upTo: this.position().lastId, byKey, rooms: last }
    } finally {
      this.#db.exec('COMMIT')
    }
  }

  byIds(ids: readonly number[]): Row[] {
    return ids.flatMap((id) => this.#sql(`SELECT ${row} FROM messages WHERE id = ?`).all(id).map(toRow))
  }

  history({ room, after, limit }: PageQuery & { readonly room: string }): Page {
    const found = this.#sql(`SELECT ${message} FROM messages WHERE room = ? AND id > ? ORDER BY id LIMIT ?`)
    const { taken, more } = takePage(found.iterate(room, after, limit + 1).map(toMessage), limit)
    return { messages: taken, more }
  }

  since({ after, limit }: PageQuery): Page {
    const found = this.#sql(`SELECT ${message} FROM messages WHERE id > ? ORDER BY id LIMIT ?`)
    const { taken, more } = takePage(found.iterate(after, limit + 1).map(toMessage), limit)
    return { messages: taken, more }
  }

  rows({ after, limit }: PageQuery): Row[] {
    const found = this.#sql(`SELECT ${row} FROM messages WHERE id > ? ORDER BY id LIMIT ?`)
    return takePage(found.iterate(after, limit).map(toRow), limit).taken
  }

  rooms(): RoomSummary[] {
    return this.#sql('SELECT room, messages FROM rooms ORDER BY room')
      .all()
      .map(({ room, messages }) => ({ room: String(room), messages: Number(messages) }))
  }

  /** How commits reach the disk: `synchronous` 2 is FULL. */
  durability(): { readonly journalMode: string; readonly synchronous: number } {
    const journal = this.#sql('PRAGMA journal_mode').get()
    const synchronous = this.#sql('PRAGMA synchronous').get()
    return { journalMode: String(journal?.['journal_mode']), synchronous: Number(synchronous?.['synchronous']) }
  }

  #sql(text: string): StatementSync {
    const known = this.#prepared.get(text)
    if (known !== undefined) return known
    const prepared = this.#db.prepare(text)
    this.#prepared.set(text, prepared)
    return prepared
  }

  [Symbol.dispose](): void {
    if (this.#db.isOpen) this.#db.close()
  }
}

function toMessage({ id, room, user, text, at }: Record<string, unknown>): Message {
  return { id: Number(id), room: String(room), user: String(user), text: String(text), at: String(at) }
}

function toRow(found: Record<string, unknown>): Row {
  const { key, previous } = found
  return { ...toMessage(found), key: typeof key === 'string' ? key : null, previous: Number(previous) }
}
