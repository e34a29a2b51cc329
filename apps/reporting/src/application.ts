/**
 * Reporting as an application: one server, known to the back as `reporting`.
 */
import { defineApplication, type Application } from '@agner/behaviours'
import type { ServiceContext } from '@agner-chat/cluster/boot'
import { named } from '@agner-chat/cluster/named'
import { defineReporting } from './reporting.ts'

export function reportingApplication({ groups }: Pick<ServiceContext, 'groups'>): Application<Record<never, never>> {
  const Reporting = defineReporting(() => groups.whereis('back', 'log'))
  return defineApplication({
    name: 'reporting',
    version: '1.0.0',
    start: () => ({
      intensity: 10,
      periodMs: 10_000,
      children: [named(Reporting.child({ id: 'reporting' }), groups, 'reporting')],
    }),
  })
}
