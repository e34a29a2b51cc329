/**
 * The HTTP server of an http node: the web page, the JSON API, and the door to the WebSockets.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import { fastify, type FastifyInstance } from 'fastify'
import { clusterRoutes } from './cluster.ts'
import type { ApiContext } from './context.ts'
import { figureRoutes } from './figures.ts'
import { messageRoutes } from './messages.ts'
import { metricRoutes } from './metrics.ts'
import { readQuery } from './query.ts'
import { answerRefusals, refusals } from './refusals.ts'

const webFolder = fileURLToPath(new URL('../../web/dist', import.meta.url))
/** A request slower than this is reported. */
const slowMs = 1000

export async function makeServer(context: ApiContext): Promise<FastifyInstance> {
  // What comes over a connection that is still open is served to the very end: a retry elsewhere is the client's work, not its first choice.
  const app: FastifyInstance = fastify({
    ...refusals,
    bodyLimit: 64 * 1024,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    ajv: { customOptions: { coerceTypes: false } },
    routerOptions: { querystringParser: readQuery },
  })
  answerRefusals(app, context.log)
  app.addHook('onResponse', async (request, answer) => {
    if (answer.elapsedTime > slowMs)
      context.log.warning(
        `${request.method} ${request.routeOptions.url ?? ''} took ${Math.round(answer.elapsedTime)} ms`,
        { kind: 'slow' },
      )
  })
  metricRoutes(app, context.counters)
  messageRoutes(app, context)
  clusterRoutes(app, context)
  figureRoutes(app, context)
  app.get('/healthz', async () => ({
    ok: true,
    node: context.node.name,
    database: context.messages.where() ?? 'unknown',
  }))
  if (existsSync(webFolder)) await app.register(fastifyStatic, { root: webFolder })
  else
    app.get('/', async (_, answer) =>
      answer.type('text/plain').send('The web page is not built yet: run `npm run build`.\n'),
    )
  return app
}
