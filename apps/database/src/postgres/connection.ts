/**
 * How a connection to PostgreSQL is made, asked and ended.
 */
import type pg from 'pg'
import type { PostgresLimits } from './limits.ts'

export type Row = Readonly<Record<string, unknown>>

/** Asks one question. What varies goes into `values`, never into the text. */
export type Query = (text: string, values?: unknown[]) => Promise<{ readonly rows: readonly Row[] }>

/** Said in full, since a database or a role may have another level as its default. */
export const begin = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE'

export function clientConfig(url: string, limits: PostgresLimits): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: `agner-chat ${process.env['AGNER_NODE'] ?? ''}`.trim(),
    connectionTimeoutMillis: limits.connectMs,
    query_timeout: limits.answerMs,
    statement_timeout: limits.answerMs,
    lock_timeout: limits.lockMs,
    idle_in_transaction_session_timeout: limits.silenceMs,
    keepAlive: true,
  }
}

export function queryOf(client: Pick<pg.Client, 'query'>): Query {
  return (text, values) => client.query<Record<string, unknown>>(text, values)
}

/** Ends a connection without waiting: one whose server hangs would be waited for without end. The server rolls back what was open on it. */
export function cut(client: pg.Client): void {
  client.end().catch(() => {})
  client.connection.stream.destroy()
}
