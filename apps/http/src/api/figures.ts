/**
 * The back's answers: figures and reports, over the gateway.
 */
import { call } from '@agner/behaviours'
import type { FastifyInstance } from 'fastify'
import { gateway } from '@agner-chat/log/gateway'
import { refuse } from './errors.ts'
import type { ApiContext } from './context.ts'

const askTimeoutMs = 2500

export function figureRoutes(app: FastifyInstance, { node, groups }: ApiContext): void {
  app.get('/api/analytics', async (_, answer) => {
    const figures = await ask('figures')
    return figures ?? refuse(answer, 'analyticsUnavailable')
  })

  app.get('/api/reports', async (_, answer) => {
    const report = await ask('report')
    return report ?? refuse(answer, 'reportsUnavailable')
  })

  async function ask(name: 'figures' | 'report'): Promise<object | null> {
    const pid = groups.whereis('front', 'gateway')
    if (pid === undefined) return null
    try {
      const relayed = await call(node, gateway.at(pid), name, undefined, { timeoutMs: askTimeoutMs })
      return 'ok' in relayed ? relayed.ok : null
    } catch {
      return null
    }
  }
}
