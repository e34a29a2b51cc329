/**
 * The messages in SQLite.
 *
 * A batch is one transaction, and `append` returns after it was synced: write-ahead log with `synchronous = FULL`, so that a commit
 * has called fsync. Idempotency keys are unique in the table itself, so that no race can store a message twice.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Appended, Message, NewMessage, RoomSummary, Stored } from './database.api.ts'

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA busy_timeout = 2000;
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    room TEXT NOT NULL,
    user TEXT NOT NULL,
    text TEXT NOT NULL,
    at TEXT NOT NULL,
    key TEXT UNIQUE
  ) STRICT;
  CREATE INDEX IF NOT EXISTS messages_by_room ON messages (room, id);
`

export class MessageStore implements Disposable {
  readonly #db: DatabaseSync
  readonly #insert: StatementSync
  readonly #byKey: StatementSync
  readonly #previous: StatementSync
  readonly #history: StatementSync
  readonly #since: StatementSync
  readonly #rooms: StatementSync

  /** @param file a path, made if it is not there. */
  constructor(file: string) {
    this.#db = new DatabaseSync(file)
    this.#db.exec(schema)
    this.#insert = this.#db.prepare('INSERT INTO messages (room, user, text, at, key) VALUES (?, ?, ?, ?, ?)')
    this.#byKey = this.#db.prepare('SELECT id, room, user, text, at FROM messages WHERE key = ?')
    this.#previous = this.#db.prepare('SELECT max(id) AS id FROM messages WHERE room = ? AND id < ?')
    this.#history = this.#db.prepare(
      'SELECT id, room, user, text, at FROM messages WHERE room = ? AND id > ? ORDER BY id LIMIT ?',
    )
    this.#since = this.#db.prepare('SELECT id, room, user, text, at FROM messages WHERE id > ? ORDER BY id LIMIT ?')
    this.#rooms = this.#db.prepare('SELECT room, count(*) AS messages FROM messages GROUP BY room ORDER BY room')
  }

  /** Stores a batch in one synced transaction; what it returns is on disk. A batch that fails stores nothing. */
  append(batch: readonly NewMessage[], at: string): Appended[] {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const results = batch.map((message) => this.#appendOne(message, at))
      this.#db.exec('COMMIT')
      return results
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  #appendOne({ room, user, text, key }: NewMessage, at: string): Appended {
    const known = key === null ? undefined : this.#byKey.get(key)
    if (known !== undefined) {
      const message = toMessage(known)
      const same = message.room === room && message.user === user && message.text === text
      return same ? this.#stored(message) : { error: 'keyReused' }
    }
    const { lastInsertRowid } = this.#insert.run(room, user, text, at, key)
    return this.#stored({ id: Number(lastInsertRowid), room, user, text, at })
  }

  #stored(message: Message): Stored {
    return { ok: message, previous: Number(this.#previous.get(message.room, message.id)?.['id'] ?? 0) }
  }

  history(room: string, after: number, limit: number): Message[] {
    return this.#history.all(room, after, limit).map(toMessage)
  }

  since(after: number, limit: number): Message[] {
    return this.#since.all(after, limit).map(toMessage)
  }

  rooms(): RoomSummary[] {
    return this.#rooms.all().map(({ room, messages }) => ({ room: String(room), messages: Number(messages) }))
  }

  /** How commits reach the disk: `synchronous` 2 is FULL. */
  durability(): { readonly journalMode: string; readonly synchronous: number } {
    const journal = this.#db.prepare('PRAGMA journal_mode').get()
    const synchronous = this.#db.prepare('PRAGMA synchronous').get()
    return { journalMode: String(journal?.['journal_mode']), synchronous: Number(synchronous?.['synchronous']) }
  }

  [Symbol.dispose](): void {
    if (this.#db.isOpen) this.#db.close()
  }
}

function toMessage({ id, room, user, text, at }: Record<string, unknown>): Message {
  return { id: Number(id), room: String(room), user: String(user), text: String(text), at: String(at) }
}
