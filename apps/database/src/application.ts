/**
 * The database as an application: one server, known to both groups as `database`.
 */
import { join } from 'node:path'
import { defineApplication, type Application } from '@agner/behaviours'
import type { ServiceContext } from '@agner-chat/cluster/boot'
import { named } from '@agner-chat/cluster/named'
import { Database } from './database.ts'

export interface DatabaseEnv {
  readonly dataFolder: string
}

export function databaseApplication({ groups }: Pick<ServiceContext, 'groups'>): Application<DatabaseEnv> {
  return defineApplication({
    name: 'database',
    version: '1.0.0',
    env: { dataFolder: '.data' } as DatabaseEnv,
    start: ({ node, env }) => {
      const file = join(env.dataFolder, `messages-${node.name.split('@')[0]}.sqlite`)
      return {
        intensity: 10,
        periodMs: 10_000,
        children: [named(Database.child({ id: 'database', arg: file }), groups, 'database')],
      }
    },
  })
}
