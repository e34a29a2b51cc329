/**
 * Analytics as an application: one server, known to the back as `analytics`.
 */
import { defineApplication, type Application } from '@agner/behaviours'
import type { ServiceContext } from '@agner-chat/cluster/boot'
import { named } from '@agner-chat/cluster/named'
import type { MessagesClient } from '@agner-chat/database/client'
import { defineAnalytics } from './analytics.ts'

export function analyticsApplication(
  { groups }: Pick<ServiceContext, 'groups'>,
  messages: Pick<MessagesClient, 'since'>,
): Application<Record<never, never>> {
  const Analytics = defineAnalytics(messages)
  return defineApplication({
    name: 'analytics',
    version: '1.0.0',
    start: () => ({
      intensity: 10,
      periodMs: 10_000,
      children: [named(Analytics.child({ id: 'analytics' }), groups, 'analytics')],
    }),
  })
}
