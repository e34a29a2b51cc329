/**
 * The messages in PostgreSQL: served by the node to which PostgreSQL itself has given the claim.
 *
 *     every database node   a watch, which asks every second who may write, and whether PostgreSQL can be used
 *     one of them           the server of the messages; each write shows the token of its claim
 */
import { defineApplication, type ChildSpec } from '@agner/behaviours'
import type { ServiceContext } from '@agner-chat/cluster/boot'
import { placeOf } from '@agner-chat/cluster/database-url'
import { database } from '../database.api.ts'
import type { Keeping } from '../keeping.ts'
import { mayWriteWith, openClaims } from './claim.ts'
import { definePostgresDatabase } from './database.ts'
import { PostgresError } from './errors.ts'
import { PostgresStore } from './message-store.ts'
import { PostgresPart } from './part.ts'

const watchEveryMs = 1000

/** @param url as in DATABASE_URL. Connections are open from the first question until it is disposed of. */
export function keepInPostgres({ node, log }: Pick<ServiceContext, 'node' | 'log'>, url: string): Keeping & Disposable {
  const place = placeOf(url)
  const part = new PostgresPart(node.name, place, (level, line) => log.log(level, line))
  const warned = new Set<string>()
  const warn = (line: string): void => {
    if (!warned.has(line)) log.warning(line)
    warned.add(line)
  }
  const claims = openClaims(url, warn)
  const Database = definePostgresDatabase({
    part,
    open: (token) => {
      if (token === null)
        throw new Error('The messages are served by a node that has a claim, and this start has no token.')
      return new PostgresStore({ url, mayWrite: mayWriteWith(token), warn })
    },
  })
  const watch: ChildSpec = {
    id: 'watch',
    start: (supervisor) =>
      Promise.resolve(
        supervisor.spawnLink(async (self) => {
          self.label(`watches PostgreSQL at ${place}`)
          for (;;) {
            await self.wait(
              claims.look().then(
                (seen) => part.saw(seen),
                (error: unknown) => {
                  if (!(error instanceof PostgresError)) throw error
                  part.fails(error)
                },
              ),
            )
            await self.sleep(watchEveryMs)
          }
        }),
      ),
  }
  return {
    place: `PostgreSQL at ${place}`,
    application: defineApplication({
      name: 'messages',
      version: '1.0.0',
      start: () => ({ intensity: 10, periodMs: 10_000, children: [watch] }),
    }),
    arbiter: claims.arbiter,
    server: ({ startType }) => Database.child({ id: 'database', arg: startType.token, name: database.module }),
    status: () => part.status(),
    [Symbol.dispose]: () => claims[Symbol.dispose](),
  }
}
