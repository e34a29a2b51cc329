/**
 * Answers what runs on this node, and, on a node that is in both groups, what runs on the other group's nodes.
 */
import { answer, call, defineServer, noreply, reply, startServer } from '@agner/behaviours'
import type { Node } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import type { Groups } from '@agner/groups'
import type { ServiceName } from '../topology.ts'
import type { RunningService } from './running-service.ts'
import { status, type NodeStatus } from './status.api.ts'

interface Sources {
  readonly node: Node
  readonly distribution: Distribution
  readonly groups: Groups
  readonly service: ServiceName
  readonly running: RunningService
}

const askTimeoutMs = 1000

export async function startStatus(sources: Sources): Promise<void> {
  const own = (): NodeStatus => statusFrom(sources)
  const server = defineServer(status, {
    init: (_: void): null => null,
    calls: {
      status: (state) => reply(own(), state),
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
  await startServer(sources.node, server, undefined, { name: status.module })
}

function statusFrom({ node, distribution, groups, service, running }: Sources): NodeStatus {
  return {
    name: node.name,
    service,
    osPid: process.pid,
    up: true,
    ...(running.url === undefined ? {} : { url: running.url }),
    groups: groups.own(),
    connections: distribution.nodes(),
    applications: running.applications(),
    processes: node.processCount(),
  }
}
