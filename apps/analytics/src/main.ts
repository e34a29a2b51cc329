/**
 * The analytics node: its application is one server, known to the back as `analytics`.
 */
import { defineApplication } from '@agner/behaviours'
import { serveApplication } from '@agner-chat/cluster/application-service'
import { bootService } from '@agner-chat/cluster/boot'
import { named } from '@agner-chat/cluster/named'
import { defineAnalytics } from './analytics.ts'

await bootService('analytics', (context) => {
  const { groups } = context
  const Analytics = defineAnalytics(() => groups.whereis('back', 'database'))
  const application = defineApplication({
    name: 'analytics',
    version: '1.0.0',
    start: () => ({
      intensity: 10,
      periodMs: 10_000,
      children: [named(Analytics.child({ id: 'analytics' }), groups, 'analytics')],
    }),
  })
  return serveApplication(context, application)
})
