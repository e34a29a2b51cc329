/**
 * One connection to PostgreSQL, opened when it is needed and given up at the first trouble.
 *
 * Nothing is repaired: after any error, of the server or of the way to it, the connection is closed, the server rolls back what was open on it, and the next
 * `run` opens another. So no transaction is ever left open by a mistake, and no answer is ever taken for that of another question.
 */
import pg from 'pg'
import type { PostgresLimits } from './limits.ts'
import { clientConfig, cut, queryOf, type Query } from './connection.ts'

export class Session implements Disposable {
  readonly #url: string
  readonly #limits: PostgresLimits
  readonly #greet: (query: Query) => Promise<void>
  #client: pg.Client | null = null
  #closed = false

  /** @param greet is run on every new connection, before anything else. */
  constructor(url: string, limits: PostgresLimits, greet: (query: Query) => Promise<void>) {
    this.#url = url
    this.#limits = limits
    this.#greet = greet
  }

  /** Runs `work` on the connection; one at a time. Whatever it throws closes the connection. */
  async run<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const client = this.#client ?? (await this.#open())
    try {
      return await work(queryOf(client))
    } catch (error) {
      this.#drop(client)
      throw error
    }
  }

  async #open(): Promise<pg.Client> {
    const client = new pg.Client(clientConfig(this.#url, this.#limits))
    // Heard here, or Node ends the program: a connection that breaks while nothing is asked of it.
    client.on('error', () => this.#drop(client))
    this.#client = client
    try {
      await client.connect()
      await this.#greet(queryOf(client))
      if (this.#closed) throw new Error('connection ended: it was closed meanwhile')
      return client
    } catch (error) {
      this.#drop(client)
      throw error
    }
  }

  /** Not waited for: a server that hangs would be waited for without end. */
  #drop(client: pg.Client): void {
    if (this.#client === client) this.#client = null
    cut(client)
  }

  [Symbol.dispose](): void {
    this.#closed = true
    if (this.#client !== null) this.#drop(this.#client)
  }
}
