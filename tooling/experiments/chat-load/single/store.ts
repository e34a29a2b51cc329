/** The messages of the single-process chat in SQLite: a batch is one transaction, on disk when it returns. */
import { DatabaseSync, type StatementSync } from 'node:sqlite'

export interface Message {
  readonly id: number
  readonly room: string
  readonly user: string
  readonly text: string
  readonly at: string
}

export interface NewMessage {
  readonly room: string
  readonly user: string
  readonly text: string
  readonly key: string
}

export type Appended = Message | 'keyReused'

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT NOT NULL, user TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL, key TEXT UNIQUE
  ) STRICT;
  CREATE INDEX IF NOT EXISTS messages_by_room ON messages (room, id);
`
const columns = 'id, room, user, text, at'

export class Store implements Disposable {
  readonly #db: DatabaseSync
  readonly #insert: StatementSync
  readonly #byKey: StatementSync
  readonly #page: StatementSync
  readonly #rooms: StatementSync

  constructor(file: string) {
    this.#db = new DatabaseSync(file)
    this.#db.exec(schema)
    this.#insert = this.#db.prepare(
      `INSERT INTO messages (room, user, text, at, key) VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING RETURNING id`,
    )
    this.#byKey = this.#db.prepare(`SELECT ${columns} FROM messages WHERE key = ?`)
    this.#page = this.#db.prepare(`SELECT ${columns} FROM messages WHERE room = ? AND id > ? ORDER BY id LIMIT ?`)
    this.#rooms = this.#db.prepare('SELECT room, count(*) AS messages FROM messages GROUP BY room ORDER BY room')
  }

  append(batch: readonly NewMessage[]): Appended[] {
    const at = new Date().toISOString()
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const results = batch.map((message) => this.#one(message, at))
      this.#db.exec('COMMIT')
      return results
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  #one({ room, user, text, key }: NewMessage, at: string): Appended {
    const inserted = this.#insert.get(room, user, text, at, key)
    if (inserted !== undefined) return { id: Number(inserted['id']), room, user, text, at }
    const known = this.#byKey.get(key) as unknown as Message
    return known.room === room && known.user === user && known.text === text ? known : 'keyReused'
  }

  page(room: string, after: number, limit: number): Message[] {
    return this.#page.all(room, after, limit) as unknown as Message[]
  }

  rooms(): unknown[] {
    return this.#rooms.all()
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }
}
