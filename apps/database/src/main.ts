/**
 * The database node: the server under a supervisor, known to both groups as `database`.
 */
import { join } from 'node:path'
import { startSupervisor } from '@agner/behaviours'
import { bootService } from '@agner-chat/cluster/boot'
import { named } from '@agner-chat/cluster/named'
import { Database } from './database.ts'

await bootService('database', async ({ node, groups, dataFolder }) => {
  const file = join(dataFolder, `messages-${node.name.split('@')[0]}.sqlite`)
  const supervisor = await startSupervisor(node, {
    strategy: 'oneForOne',
    intensity: 10,
    periodMs: 10_000,
    children: [named(Database.child({ id: 'database', arg: file }), groups, 'database')],
  })
  return {
    applications: () => [{ name: 'database', state: node.isAlive(supervisor) ? 'running' : 'stopped' }],
    stop: async () => {
      node.sendExit(supervisor, 'shutdown')
      await node.exited(supervisor)
    },
  }
})
