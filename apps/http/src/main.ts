/**
 * An http node: rooms and sessions are processes here; the page, the API and the WebSockets are their door.
 */
import { bootService } from '@agner-chat/cluster/boot'
import { databaseNodes } from '@agner-chat/cluster/topology'
import { startMessagesClient } from '@agner-chat/database/client'
import type { ApiContext } from './api/context.ts'
import { makeCounters } from './api/metrics.ts'
import { httpApplication } from './application.ts'
import { Door } from './door.ts'
import { RoomDirectory } from './rooms/directory.ts'

await bootService('http', async ({ node, distribution, groups, log }) => {
  const messages = await startMessagesClient({ node, nodes: databaseNodes })
  const rooms = new RoomDirectory(node, groups, messages)
  const context: ApiContext = {
    node,
    distribution,
    groups,
    log,
    messages,
    rooms,
    counters: makeCounters(node, distribution),
  }
  const door = await Door.make(context)
  return { application: httpApplication(door, rooms), url: () => door.url, accept: (from) => door.accept(from) }
})
