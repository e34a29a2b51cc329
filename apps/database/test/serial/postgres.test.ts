/**
 * The messages in a real PostgreSQL server: the contract of all that keep messages, and all that can go wrong.
 */
import { startServer } from '@agner/behaviours'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { database } from '../../src/database.api.ts'
import { definePostgresDatabase } from '../../src/postgres/database.ts'
import { PostgresStore } from '../../src/postgres/message-store.ts'
import { describeMessages, type Kept } from '../contract.ts'
import { describeAway } from './postgres/away.ts'
import { describeClaims } from './postgres/claims.ts'
import { describeOrder } from './postgres/order.ts'
import { describeRefusals } from './postgres/refusals.ts'
import { isWithoutPostgres, needsPostgres } from './postgres-server.ts'
import { World } from './postgres/world.ts'

describe.skipIf(isWithoutPostgres)(
  `PostgreSQL ${isWithoutPostgres ? needsPostgres : 'as a keeper of messages'}`,
  () => {
    const world = new World()
    beforeAll(() => world.start())
    afterEach(() => world.clear())
    afterAll(() => world[Symbol.asyncDispose]())

    describeMessages('a table of PostgreSQL', async (): Promise<Kept> => {
      const url = await world.server.database()
      return {
        serve: async (node) => {
          const Database = definePostgresDatabase(() => new PostgresStore({ url }))
          return database.at(await startServer(node, Database))
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }
    })
    describeAway(world)
    describeOrder(world)
    describeClaims(world)
    describeRefusals(world)
  },
)
