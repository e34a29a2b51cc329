/**
 * The analytics node: the server under a supervisor, known to the back as `analytics`.
 */
import { startSupervisor } from '@agner/behaviours'
import { bootService } from '@agner-chat/cluster/boot'
import { named } from '@agner-chat/cluster/named'
import { defineAnalytics } from './analytics.ts'

await bootService('analytics', async ({ node, groups }) => {
  const Analytics = defineAnalytics(() => groups.whereis('back', 'database'))
  const supervisor = await startSupervisor(node, {
    strategy: 'oneForOne',
    intensity: 10,
    periodMs: 10_000,
    children: [named(Analytics.child({ id: 'analytics', arg: undefined }), groups, 'analytics')],
  })
  return {
    applications: () => [{ name: 'analytics', state: node.isAlive(supervisor) ? 'running' : 'stopped' }],
    stop: async () => {
      node.sendExit(supervisor, 'shutdown')
      await node.exited(supervisor)
    },
  }
})
