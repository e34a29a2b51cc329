/**
 * The reporting node: its application is one server, known to the back as `reporting`.
 */
import { defineApplication } from '@agner/behaviours'
import { serveApplication } from '@agner-chat/cluster/application-service'
import { bootService } from '@agner-chat/cluster/boot'
import { named } from '@agner-chat/cluster/named'
import { defineReporting } from './reporting.ts'

await bootService('reporting', (context) => {
  const { groups } = context
  const Reporting = defineReporting(() => groups.whereis('back', 'log'))
  const application = defineApplication({
    name: 'reporting',
    version: '1.0.0',
    start: () => ({
      intensity: 10,
      periodMs: 10_000,
      children: [named(Reporting.child({ id: 'reporting' }), groups, 'reporting')],
    }),
  })
  return serveApplication(context, application)
})
