/**
 * The reporting node: the server under a supervisor, known to the back as `reporting`.
 */
import { startSupervisor } from '@agner/behaviours'
import { bootService } from '@agner-chat/cluster/boot'
import { named } from '@agner-chat/cluster/named'
import { defineReporting } from './reporting.ts'

await bootService('reporting', async ({ node, groups }) => {
  const Reporting = defineReporting(() => groups.whereis('back', 'log'))
  const supervisor = await startSupervisor(node, {
    strategy: 'oneForOne',
    intensity: 10,
    periodMs: 10_000,
    children: [named(Reporting.child({ id: 'reporting', arg: undefined }), groups, 'reporting')],
  })
  return {
    applications: () => [{ name: 'reporting', state: node.isAlive(supervisor) ? 'running' : 'stopped' }],
    stop: async () => {
      node.sendExit(supervisor, 'shutdown')
      await node.exited(supervisor)
    },
  }
})
