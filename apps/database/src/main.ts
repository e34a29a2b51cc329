/**
 * The database node: its application is one server, known to both groups as `database`.
 */
import { join } from 'node:path'
import { defineApplication } from '@agner/behaviours'
import { serveApplication } from '@agner-chat/cluster/application-service'
import { bootService } from '@agner-chat/cluster/boot'
import { named } from '@agner-chat/cluster/named'
import { Database } from './database.ts'

await bootService('database', (context) => {
  const { node, groups, dataFolder } = context
  const file = join(dataFolder, `messages-${node.name.split('@')[0]}.sqlite`)
  const application = defineApplication({
    name: 'database',
    version: '1.0.0',
    start: () => ({
      intensity: 10,
      periodMs: 10_000,
      children: [named(Database.child({ id: 'database', arg: file }), groups, 'database')],
    }),
  })
  return serveApplication(context, application)
})
