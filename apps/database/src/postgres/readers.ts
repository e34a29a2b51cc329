/**
 * The connections that readers share. Each question is one statement, so it sees all of a transaction or nothing, and it may be asked on any of them.
 */
import pg from 'pg'
import { clientConfig, type Row } from './connection.ts'
import type { PostgresLimits } from './limits.ts'

export class Readers implements Disposable {
  readonly #pool: pg.Pool

  constructor(url: string, limits: PostgresLimits) {
    this.#pool = new pg.Pool({ ...clientConfig(url, limits), max: limits.readers, idleTimeoutMillis: 30_000 })
    // Heard here, or Node ends the program: a connection that breaks while it idles is taken out of the pool and not missed.
    this.#pool.on('error', () => {})
  }

  async ask(text: string, values: unknown[]): Promise<readonly Row[]> {
    return (await this.#pool.query<Record<string, unknown>>(text, values)).rows
  }

  /** Not waited for: a server that hangs would be waited for without end. */
  [Symbol.dispose](): void {
    this.#pool.end().catch(() => {})
  }
}
