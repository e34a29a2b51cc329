/**
 * The contract of the messages, against a real PostgreSQL server.
 */
import { startServer } from '@agner/behaviours'
import { afterAll, beforeAll, describe } from 'vitest'
import { database } from '../../src/database.api.ts'
import { definePostgresDatabase } from '../../src/postgres/database.ts'
import { PostgresStore } from '../../src/postgres/message-store.ts'
import { describeMessages, type Kept } from '../contract.ts'
import { isWithoutPostgres, needsPostgres, PostgresServer } from './postgres-server.ts'

describe.skipIf(isWithoutPostgres)(`PostgreSQL ${isWithoutPostgres ? needsPostgres : ''}`, () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await PostgresServer.start()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  describeMessages('PostgreSQL', async (): Promise<Kept> => {
    const url = await server.database()
    return {
      serve: async (node) => {
        const Database = definePostgresDatabase((warn) => new PostgresStore({ url, warn }))
        return database.at(await startServer(node, Database))
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
  })
})
