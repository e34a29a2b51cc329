/**
 * The analytics node.
 */
import { bootService } from '@agner-chat/cluster/boot'
import { databaseNodes } from '@agner-chat/cluster/topology'
import { startMessagesClient } from '@agner-chat/database/client'
import { analyticsApplication } from './application.ts'

await bootService('analytics', async (context) => {
  const messages = await startMessagesClient({ node: context.node, nodes: databaseNodes })
  return { application: analyticsApplication(context, messages) }
})
