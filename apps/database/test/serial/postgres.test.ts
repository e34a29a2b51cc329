/**
 * The messages in a real PostgreSQL server: the contract of all that keep messages, and all that can go wrong.
 */
import { startServer } from '@agner/behaviours'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { database } from '../../src/database.api.ts'
import { describeMessages, type Kept } from '../contract.ts'
import { describeAway } from './postgres/away.ts'
import { describeClaims } from './postgres/claims.ts'
import { describeOrder } from './postgres/order.ts'
import { describeRefusals } from './postgres/refusals.ts'
import { describeTroubles } from './postgres/troubles.ts'
import { isWithoutPostgres, needsPostgres } from './postgres-server.ts'
import { postgresDatabase, World } from './postgres/world.ts'

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
        serve: async (node) => database.at(await startServer(node, postgresDatabase({ url }), null)),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }
    })
    describeAway(world)
    describeOrder(world)
    describeClaims(world)
    describeRefusals(world)
    describeTroubles(world)
  },
)
