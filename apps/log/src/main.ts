/**
 * The log node: the log server, and the gateway through which the front asks after the back.
 */
import { join } from 'node:path'
import { startSupervisor } from '@agner/behaviours'
import { bootService } from '@agner-chat/cluster/boot'
import { named } from '@agner-chat/cluster/named'
import { defineGateway } from './gateway.ts'
import { Log } from './log.ts'

await bootService('log', async ({ node, groups, dataFolder }) => {
  const supervisor = await startSupervisor(node, {
    strategy: 'oneForOne',
    intensity: 10,
    periodMs: 10_000,
    children: [
      named(Log.child({ id: 'log', arg: join(dataFolder, 'log') }), groups, 'log'),
      named(defineGateway(groups).child({ id: 'gateway', arg: undefined }), groups, 'gateway'),
    ],
  })
  return {
    applications: () => [{ name: 'log', state: node.isAlive(supervisor) ? 'running' : 'stopped' }],
    stop: async () => {
      node.sendExit(supervisor, 'shutdown')
      await node.exited(supervisor)
    },
  }
})
