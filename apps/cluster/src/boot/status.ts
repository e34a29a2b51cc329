/**
 * Answers what runs on this node, and, on a node that is in both groups, what runs on the other group's nodes.
 */
import {
  answer,
  call,
  defineApplication,
  defineServer,
  noreply,
  reply,
  whichApplications,
  type Application,
} from '@agner/behaviours'
import type { Node } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import type { Groups } from '@agner/groups'
import type { ServiceName } from '../topology.ts'
import type { Service } from './running-service.ts'
import { status, type NodeStatus } from './status.api.ts'

interface Sources {
  readonly node: Node
  readonly distribution: Distribution
  readonly groups: Groups
  readonly name: ServiceName
  readonly service: Service
}

const askTimeoutMs = 1000

/** An application of every node; it runs after the service, so who gets an answer finds the service running. */
export function defineStatus(sources: Sources): Application<Record<never, never>> {
  const Status = defineServer(status, {
    init: (_: void): null => null,
    calls: {
      status: async (state) => reply(await statusFrom(sources), state),
      statusOf: (state, node, { self, from }) => {
        const reachable = sources.distribution.nodes().includes(node)
        if (!reachable) return reply(null, state)
        // Answered later: one node that hangs must not hold up questions about the others.
        void call(self, status.at({ name: status.module, node }), 'status', undefined, {
          timeoutMs: askTimeoutMs,
        }).then(
          (found) => answer(from, found),
          () => answer(from, null),
        )
        return noreply(state)
      },
    },
  })
  return defineApplication({
    name: 'status',
    version: '1.0.0',
    dependencies: [sources.service.application],
    start: () => ({ children: [Status.child({ id: 'status', name: status.module })] }),
  })
}

async function statusFrom({ node, distribution, groups, name, service }: Sources): Promise<NodeStatus> {
  const url = service.url?.()
  const database = service.database?.()
  const applications = await whichApplications(node)
  return {
    name: node.name,
    service: name,
    osPid: process.pid,
    up: true,
    ...(url === undefined ? {} : { url }),
    groups: groups.own(),
    connections: distribution.nodes(),
    applications: applications.map((each) => ({ name: each.name, state: each.state })),
    processes: node.processCount(),
    ...(database === undefined ? {} : { database }),
  }
}
