// service.ts
import { call, startSupervisor } from '@agner/behaviours'
import { AgnerError, createNode, type Node } from '@agner/core'
import { fastify, type FastifyInstance } from 'fastify'
import { visits } from './visits.api.ts'
import { Visits, type VisitStore } from './visits.ts'

export interface Service {
  readonly app: FastifyInstance
  readonly node: Node
  /** Resolves when the supervisor has given up: the program should end, and be started again from outside. */
  readonly failed: Promise<unknown>
}

export async function buildService(store: VisitStore): Promise<Service> {
  const app = fastify()
  const node = createNode()
  const supervisor = await startSupervisor(node, {
    // More than 10 crashes in a minute are no accident any more.
    intensity: 10,
    periodMs: 60_000,
    children: [Visits.child({ arg: store, name: visits.module })],
  })

  app.post<{ Params: { page: string } }>('/pages/:page/visits', async (request) => {
    return { count: await call(node, visits, 'visit', request.params.page) }
  })
  app.get<{ Params: { page: string } }>('/pages/:page/visits', async (request) => {
    return { count: await call(node, visits, 'count', request.params.page) }
  })

  app.setErrorHandler((error, _request, answer) => {
    if (!(error instanceof AgnerError) || !error.code.startsWith('call.')) return answer.send(error)
    return answer
      .code(503)
      .header('retry-after', '1')
      .send({ error: { code: error.code, message: 'Try again in a moment.' } })
  })

  // Fastify runs this when it takes no new requests and those under way are answered.
  app.addHook('onClose', () => node.stop())
  return { app, node, failed: node.exited(supervisor) }
}
