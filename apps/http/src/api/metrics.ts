/**
 * Metrics in the Prometheus text format.
 */
import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Node } from '@agner/core'
import type { Distribution } from '@agner/distribution'

export interface Counters {
  readonly posted: Counter
  readonly sessions: Gauge
  readonly registry: Registry
  readonly requestSeconds: Histogram<'method' | 'route' | 'status'>
}

export function makeCounters(node: Node, distribution: Distribution): Counters {
  const registry = new Registry()
  registry.setDefaultLabels({ node: node.name })
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  new Gauge({
    name: 'agner_processes',
    help: 'Live processes of the node',
    registers,
    collect() {
      this.set(node.processCount())
    },
  })
  new Gauge({
    name: 'agner_connected_nodes',
    help: 'Nodes that this node has a connection to',
    registers,
    collect() {
      this.set(distribution.nodes().length)
    },
  })
  return {
    registry,
    posted: new Counter({
      name: 'chat_messages_acknowledged_total',
      help: 'Messages acknowledged to HTTP and WebSocket clients',
      registers,
    }),
    sessions: new Gauge({ name: 'chat_sessions', help: 'Open WebSocket sessions', registers }),
    requestSeconds: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time to answer, by route',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
  }
}

export function metricRoutes(app: FastifyInstance, { registry, requestSeconds }: Counters): void {
  app.get('/metrics', async (_, answer) => answer.type(registry.contentType).send(await registry.metrics()))
  app.addHook('onResponse', async (request, answer) => {
    const route = request.routeOptions.url ?? 'other'
    requestSeconds.observe(
      { method: request.method, route, status: String(answer.statusCode) },
      answer.elapsedTime / 1000,
    )
  })
}
