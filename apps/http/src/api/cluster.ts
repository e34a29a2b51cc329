/**
 * What the cluster looks like, from here: every node by its own word, or by that of a node that can reach it.
 */
import { call } from '@agner/behaviours'
import type { FastifyInstance } from 'fastify'
import { status, type NodeStatus } from '@agner-chat/cluster/status'
import { bridges, groupsOf, nodes as plannedNodes, type NodePlan, type ServiceName } from '@agner-chat/cluster/topology'
import type { ApiContext } from './context.ts'

const askTimeoutMs = 800

export interface ClusterNode extends Omit<Partial<NodeStatus>, 'up' | 'applications' | 'osPid'> {
  readonly name: string
  readonly service: ServiceName
  readonly osPid: number | null
  readonly up: boolean
  readonly groups: readonly string[]
  readonly connections: readonly string[]
}

export function clusterRoutes(app: FastifyInstance, context: ApiContext): void {
  app.get('/api/cluster', async () => {
    const found = await Promise.all(plannedNodes.map((plan) => lookUp(context, plan)))
    const nodes = found.map((known, index) => toClusterNode(plannedNodes[index]!, known))
    const applications = found.flatMap((known) =>
      known === null ? [] : known.applications.map(({ name, state }) => ({ name, node: known.name, state })),
    )
    return { nodes, applications }
  })
}

async function lookUp({ node, distribution }: ApiContext, plan: NodePlan): Promise<NodeStatus | null> {
  const direct = plan.name === node.name || distribution.nodes().includes(plan.name)
  const askers = direct ? [] : bridges.filter((bridge) => distribution.nodes().includes(bridge))
  try {
    if (direct)
      return await call(node, status.at({ name: status.module, node: plan.name }), 'status', undefined, {
        timeoutMs: askTimeoutMs,
      })
    const answers = await Promise.allSettled(
      askers.map((bridge) =>
        call(node, status.at({ name: status.module, node: bridge }), 'statusOf', plan.name, {
          timeoutMs: askTimeoutMs,
        }),
      ),
    )
    return (
      answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : null)).find((known) => known !== null) ??
      null
    )
  } catch {
    return null
  }
}

function toClusterNode(plan: NodePlan, known: NodeStatus | null): ClusterNode {
  if (known === null)
    return {
      name: plan.name,
      service: plan.service,
      osPid: null,
      up: false,
      groups: groupsOf(plan.name),
      connections: [],
    }
  const { applications: _, ...rest } = known
  return rest
}
