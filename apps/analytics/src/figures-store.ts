/**
 * The figures, kept in DuckDB in memory.
 *
 * The messages themselves are the database's; this is a view of them that can be thrown away: it is filled from the first message on at every
 * start, and each message is counted once, by its id.
 */
import { DuckDBInstance, DuckDBTimestampValue, type DuckDBConnection } from '@duckdb/node-api'
import type { Message } from '@agner-chat/database/api'
import type { Figures } from './analytics.api.ts'

const minutesShown = 30

export class FiguresStore implements Disposable {
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  readonly #since = new Date().toISOString()
  #upTo = 0

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance
    this.#connection = connection
  }

  static async open(): Promise<FiguresStore> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '256MB' })
    const connection = await instance.connect()
    await connection.run(
      'CREATE TABLE messages (id BIGINT PRIMARY KEY, room VARCHAR, person VARCHAR, sent_at TIMESTAMP)',
    )
    return new FiguresStore(instance, connection)
  }

  /** The id of the newest message that is counted. */
  get upTo(): number {
    return this.#upTo
  }

  /** Counts messages that come after all that were counted before. */
  async add(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return
    const appender = await this.#connection.createAppender('messages')
    for (const { id, room, user, at } of messages) {
      appender.appendBigInt(BigInt(id))
      appender.appendVarchar(room)
      appender.appendVarchar(user)
      appender.appendTimestamp(new DuckDBTimestampValue(BigInt(Date.parse(at)) * 1000n))
      appender.endRow()
    }
    appender.closeSync()
    this.#upTo = messages.at(-1)!.id
  }

  /** @param now as ISO 8601 */
  async figures(now: string): Promise<Figures> {
    const [total, active] = await Promise.all([
      this.#rows('SELECT count(*) AS n FROM messages'),
      this.#rows(
        'SELECT count(DISTINCT person) AS n FROM messages WHERE sent_at > $now::TIMESTAMP - INTERVAL 5 MINUTE',
        { now },
      ),
    ])
    const busiest = await this.#rows(
      'SELECT room, count(*) AS n FROM messages GROUP BY room ORDER BY n DESC, room LIMIT 10',
    )
    const perMinute = await this.#rows(
      `SELECT date_diff('minute', sent_at, $now::TIMESTAMP) AS ago, count(*) AS n FROM messages
       WHERE sent_at > $now::TIMESTAMP - INTERVAL ${minutesShown} MINUTE GROUP BY ago`,
      { now },
    )
    const messagesPerMinute = new Array<number>(minutesShown).fill(0)
    for (const { ago, n } of perMinute) {
      const index = minutesShown - 1 - Number(ago)
      if (index >= 0 && index < minutesShown) messagesPerMinute[index] = Number(n)
    }
    return {
      totalMessages: Number(total[0]?.['n'] ?? 0),
      messagesPerMinute,
      activeUsers: Number(active[0]?.['n'] ?? 0),
      busiestRooms: busiest.map(({ room, n }) => ({ room: String(room), messages: Number(n) })),
      since: this.#since,
      upTo: this.#upTo,
    }
  }

  async #rows(sql: string, values: Record<string, string> = {}): Promise<Record<string, unknown>[]> {
    const reader = await this.#connection.runAndReadAll(sql, values)
    return reader.getRowObjects()
  }

  [Symbol.dispose](): void {
    this.#connection.closeSync()
    this.#instance.closeSync()
  }
}
