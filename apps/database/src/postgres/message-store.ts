/**
 * The messages in PostgreSQL.
 *
 *     append ──► BEGIN ─► may we? ─► lock the newest id ─► keys known? ─► insert ─► COMMIT ──► answers
 *                 └─ not any more: database.fenced, and nothing is stored
 *
 * A batch is one transaction, and `append` resolves once its commit is on the server's disk (`synchronous_commit` is seen to). Whether this node may write is
 * asked in the same transaction, so that no other one can be given the right between the question and the commit. Where the answer to a commit does not
 * come, the same batch can be written again: each message has a key that can be stored once.
 */
import { placeOf } from '@agner-chat/cluster/database-url'
import type { Appended, Message, RoomSummary } from '../database.api.ts'
import { pageBytes, takePage, type Page } from '../pages.ts'
import { answersTo, freshOf, type StoredRow, type Writing } from './batch.ts'
import { begin, type Query, type Row } from './connection.ts'
import { PostgresError, troubleOf } from './errors.ts'
import { greet } from './greeting.ts'
import { defaultLimits, type PostgresLimits } from './limits.ts'
import { Readers } from './readers.ts'
import { Session } from './session.ts'

export interface StoreOptions {
  /** As in DATABASE_URL. */
  readonly url: string
  /** Whether this node may write: asked in the transaction of each write, and its answer must hold until that ends. */
  readonly mayWrite?: (query: Query) => Promise<boolean>
  /** Told what is doubtful about the server's settings. */
  readonly warn?: (line: string) => void
  readonly limits?: Partial<PostgresLimits>
}

const columns = 'id, room, user_name, text, (extract(epoch FROM at) * 1000)::bigint AS at_ms'

const lockNewest = 'SELECT id FROM agner_chat.last_message FOR UPDATE'

const byKeys = `SELECT ${columns}, previous, encode(key, 'hex') AS digest FROM agner_chat.messages WHERE key = ANY($1::bytea[])`

/** The counter moves on in the same statement. A room's first of the batch follows its newest in the table, the others each other. */
const insert = `
  WITH fresh AS (
    SELECT $1::bigint + n AS id, room, user_name, text, key
    FROM unnest($2::text[], $3::text[], $4::text[], $5::bytea[]) WITH ORDINALITY AS given (room, user_name, text, key, n)
  ), counted AS (
    UPDATE agner_chat.last_message SET id = $1::bigint + cardinality($2::text[])
  )
  INSERT INTO agner_chat.messages (id, room, user_name, text, at, previous, key)
  SELECT id, room, user_name, text, date_trunc('milliseconds', statement_timestamp()), coalesce(
    lag(id) OVER (PARTITION BY room ORDER BY id),
    (SELECT max(stored.id) FROM agner_chat.messages AS stored WHERE stored.room = fresh.room),
    0
  ), key
  FROM fresh
  RETURNING ${columns}, previous, encode(key, 'hex') AS digest`

/** No more of them than a page has, so that nothing is sent in vain: those before which there is still room. */
const page = (which: string): string => `
  SELECT * FROM (
    SELECT *, sum(bytes) OVER (ORDER BY id) - bytes AS before, count(*) OVER () AS found
    FROM (
      SELECT ${columns}, octet_length(room) + octet_length(user_name) + octet_length(text) AS bytes
      FROM agner_chat.messages WHERE ${which}
    ) AS found
  ) AS counted
  WHERE before < ${pageBytes} ORDER BY id`
const history = page('room = $1 AND id > $2 ORDER BY id LIMIT $3')
const since = page('id > $1 ORDER BY id LIMIT $2')
const rooms = `SELECT room, count(*) AS messages FROM agner_chat.messages GROUP BY room ORDER BY room COLLATE "C"`
const newest = 'SELECT id FROM agner_chat.last_message'

export class PostgresStore implements Disposable {
  /** Host, port and database, for people. */
  readonly place: string
  readonly limits: PostgresLimits
  readonly #mayWrite: (query: Query) => Promise<boolean>
  readonly #session: Session
  readonly #readers: Readers

  constructor({ url, mayWrite = () => Promise.resolve(true), warn = () => {}, limits }: StoreOptions) {
    this.limits = { ...defaultLimits, ...limits }
    this.place = placeOf(url)
    this.#mayWrite = mayWrite
    this.#session = new Session(url, this.limits, (query) => greet(query, this.place, warn))
    this.#readers = new Readers(url, this.limits)
  }

  /** Sees whether a batch could be stored now, and makes the tables where there are none. Rejects with a PostgresError. */
  check(): Promise<void> {
    return this.#transaction(() => Promise.resolve())
  }

  /** Stores a batch; one call at a time. Rejects with a PostgresError: then it may be stored or not, and can be written again. */
  append(batch: readonly Writing[]): Promise<Appended[]> {
    return this.#transaction(async (query, last) => answersTo(batch, await write(query, batch, last)))
  }

  /** One of those who may write at a time, over all nodes, from here to the commit. @param work gets the newest id. */
  #transaction<T>(work: (query: Query, last: unknown) => Promise<T>): Promise<T> {
    return this.#named(() =>
      this.#session.run(async (query) => {
        await query(begin)
        if (!(await this.#mayWrite(query))) throw new PostgresError('database.fenced', this.place, 'its claim is over')
        const [last] = (await query(lockNewest)).rows
        if (last === undefined)
          throw new PostgresError('database.wrong_schema', this.place, 'agner_chat.last_message has lost its row')
        const result = await work(query, last['id'])
        await query('COMMIT')
        return result
      }),
    )
  }

  history(room: string, after: number, limit: number): Promise<Page> {
    return this.#page(history, [room, after], limit)
  }

  since(after: number, limit: number): Promise<Page> {
    return this.#page(since, [after], limit)
  }

  async #page(text: string, values: unknown[], limit: number): Promise<Page> {
    const rows = await this.#read(text, [...values, limit + 1], (row) => row)
    const { taken } = takePage(rows.map(toMessage), limit)
    return { messages: taken, more: taken.length < Number(rows[0]?.['found'] ?? 0) }
  }

  rooms(): Promise<RoomSummary[]> {
    return this.#read(rooms, [], (row) => ({ room: String(row['room']), messages: Number(row['messages']) }))
  }

  /** The newest id, 0 for none. */
  async newest(): Promise<number> {
    const [id] = await this.#read(newest, [], (row) => Number(row['id']))
    return id ?? 0
  }

  #read<T>(text: string, values: unknown[], to: (row: Row) => T): Promise<T[]> {
    return this.#named(async () => (await this.#readers.ask(text, values)).map(to))
  }

  async #named<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw troubleOf(error, this.place) ?? error
    }
  }

  [Symbol.dispose](): void {
    this.#session[Symbol.dispose]()
    this.#readers[Symbol.dispose]()
  }
}

/**
 * Within a transaction that has the lock: all that the batch's keys stand for afterwards. Nothing is looked up before the lock is had, since a
 * statement sees only what was committed when it began.
 */
async function write(query: Query, batch: readonly Writing[], last: unknown): Promise<ReadonlyMap<string, StoredRow>> {
  const digests = [...new Set(batch.map(({ digest }) => digest))]
  const known = await query(byKeys, [digests.map(bytesOf)])
  const rows = new Map(known.rows.map(toEntry))
  const fresh = freshOf(batch, rows)
  if (fresh.length === 0) return rows
  const stored = await query(insert, [
    last,
    fresh.map(({ message }) => message.room),
    fresh.map(({ message }) => message.user),
    fresh.map(({ message }) => message.text),
    fresh.map(({ digest }) => bytesOf(digest)),
  ])
  for (const row of stored.rows) rows.set(...toEntry(row))
  return rows
}

function bytesOf(digest: string): Buffer {
  return Buffer.from(digest, 'hex')
}

function toEntry(row: Row): [string, StoredRow] {
  const digest = String(row['digest'])
  return [digest, { message: toMessage(row), previous: Number(row['previous']), digest }]
}

function toMessage(row: Row): Message {
  return {
    id: Number(row['id']),
    room: String(row['room']),
    user: String(row['user_name']),
    text: String(row['text']),
    at: new Date(Number(row['at_ms'])).toISOString(),
  }
}
