/**
 * What the tests of PostgreSQL work with: one server, and what each of them opens on it, closed after it.
 */
import { call, startServer } from '@agner/behaviours'
import { createNode, type Node } from '@agner/core'
import pg from 'pg'
import { database, type Appended, type Message } from '../../../src/database.api.ts'
import { toPage, type Page } from '../../../src/pages.ts'
import { toWrite, type Writing } from '../../../src/postgres/batch.ts'
import { definePostgresDatabase } from '../../../src/postgres/database.ts'
import type { PostgresLimits } from '../../../src/postgres/limits.ts'
import { PostgresStore, type StoreOptions } from '../../../src/postgres/message-store.ts'
import { PostgresPart } from '../../../src/postgres/part.ts'
import { PostgresServer } from '../postgres-server.ts'

export const writing = (text: string, key: string | null = null): Writing =>
  toWrite({ room: 'lobby', user: 'ann', text, key })

export const texts = (page: Page | readonly Message[]): string[] =>
  toPage(page, Infinity).messages.map(({ text }) => text)

export const hasty: Partial<PostgresLimits> = {
  patienceMs: 300,
  retryMs: 20,
  answerMs: 300,
  silenceMs: 300,
  lockMs: 200,
}

/** A server that keeps what goes wrong to itself. */
export function postgresDatabase(options: StoreOptions): ReturnType<typeof definePostgresDatabase> {
  const part = new PostgresPart('here', 'the test', () => {})
  return definePostgresDatabase({ part, open: () => new PostgresStore(options) })
}

/** A database server on a node of its own. */
export interface Served {
  append(text: string, key?: string): Promise<Appended>
  texts(timeoutMs?: number): Promise<string[]>
  rooms(timeoutMs?: number): Promise<unknown>
  /** It is the process that was started. */
  isAlive(): boolean
}

export class World implements AsyncDisposable {
  #server: PostgresServer | null = null
  readonly #open: (Disposable | AsyncDisposable)[] = []

  /** Starts its server. Until then there is none to ask. */
  async start(): Promise<void> {
    this.#server = await PostgresServer.start()
  }

  get server(): PostgresServer {
    if (this.#server === null) throw new Error('the server is not started yet')
    return this.#server
  }

  closing<T extends Disposable | AsyncDisposable>(thing: T): T {
    this.#open.push(thing)
    return thing
  }

  store(options: StoreOptions): PostgresStore {
    return this.closing(new PostgresStore(options))
  }

  node(): Node {
    const node = createNode()
    this.closing({ [Symbol.asyncDispose]: () => node.stop() })
    return node
  }

  async serve(options: StoreOptions): Promise<Served> {
    const node = this.node()
    const pid = await startServer(node, postgresDatabase(options), null)
    const at = database.at(pid)
    return {
      append: (text, key = text) => call(node, at, 'append', { room: 'lobby', user: 'ann', text, key }),
      texts: async (timeoutMs = 5000) =>
        texts(await call(node, at, 'history', { room: 'lobby', after: 0, limit: 1000 }, { timeoutMs })),
      rooms: (timeoutMs = 5000) => call(node, at, 'rooms', undefined, { timeoutMs }),
      isAlive: () => node.isAlive(pid),
    }
  }

  async client(url: string): Promise<pg.Client> {
    const client = new pg.Client(url)
    await client.connect()
    this.closing({ [Symbol.asyncDispose]: () => client.end() })
    return client
  }

  /** How many statements wait for a lock there. */
  async waitingForLocks(url: string): Promise<number> {
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
    return (await this.server.ask(waiting, url)).length
  }

  /** Closes what a test has opened, the newest first. */
  async clear(): Promise<void> {
    for (const thing of this.#open.splice(0).reverse())
      if (Symbol.asyncDispose in thing) await thing[Symbol.asyncDispose]()
      else thing[Symbol.dispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]()
  }
}
