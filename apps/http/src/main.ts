/**
 * An http node: rooms and sessions are processes here; the page, the API and the WebSockets are their door.
 */
import type { AddressInfo, Socket } from 'node:net'
import { defineApplication, defineSupervisor } from '@agner/behaviours'
import { serveApplication } from '@agner-chat/cluster/application-service'
import { bootService } from '@agner-chat/cluster/boot'
import type { ApiContext } from './api/context.ts'
import { makeCounters } from './api/metrics.ts'
import { makeServer } from './api/server.ts'
import { RoomDirectory, roomSupervisor } from './rooms/directory.ts'
import { Sockets } from './ws/sockets.ts'

const Rooms = defineSupervisor({ intensity: 100, periodMs: 10_000, children: [] })

const application = defineApplication({
  name: 'http',
  version: '1.0.0',
  start: () => ({ intensity: 10, periodMs: 10_000, children: [Rooms.child({ id: 'rooms', name: roomSupervisor })] }),
})

await bootService('http', async (service) => {
  const { node, distribution, groups, log } = service
  const running = await serveApplication(service, application)
  const rooms = new RoomDirectory(node, groups)
  const context: ApiContext = {
    node,
    distribution,
    groups,
    log,
    rooms,
    findDatabase: () => groups.whereis('front', 'database'),
    counters: makeCounters(node, distribution),
  }
  const app = await makeServer(context)
  const sockets = new Sockets(context)
  app.server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo

  let listener: { close(): void } | null = null
  const take = (socket: Socket): void => {
    app.server.emit('connection', socket)
    socket.resume()
  }
  return {
    url: `http://127.0.0.1:${port}`,
    ...running,
    accept: (from) => {
      if ('socket' in from) return take(from.socket)
      listener = from.listener
      from.listener.on('connection', take)
    },
    stop: async () => {
      listener?.close()
      sockets.stop()
      await app.close()
      await running.stop()
    },
  }
})
