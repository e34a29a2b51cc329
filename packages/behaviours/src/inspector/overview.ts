/** The head line of a node. */
import type { Node } from '@agner/core'
import { connectedNodes, messagesWaiting } from '@agner/core/kernel'
import { protocolVersion, type NodeOverview } from './inspector.api.ts'
import type { LoopLag } from './loop-lag.ts'

export function overviewOf(node: Node, lag: LoopLag): NodeOverview {
  const { processes, names, timers, reductions, uptimeMs, ...met } = node.counters()
  const [first] = node.topProcesses({ by: 'mailbox', count: 1 })
  return {
    protocolVersion,
    name: node.name,
    uptimeMs,
    processes,
    names,
    timers,
    waiting: messagesWaiting(node),
    waitingOf: processes,
    longestMailbox:
      first === undefined || first.value === 0 ? null : { pid: first.pid, name: first.name, length: first.value },
    reductions,
    limitsMet: Object.values(met).reduce((sum, count) => sum + count, 0),
    loopLagMs: lag.worstMs(node.monotonicTimeMs()),
    ...operatingSystem(),
    connections: connectedNodes(node),
  }
}

/** Not every runtime of JavaScript tells. */
function operatingSystem(): Pick<NodeOverview, 'memory' | 'cpuMs'> {
  if (typeof process === 'undefined' || typeof process.memoryUsage !== 'function') return { memory: null, cpuMs: null }
  const { rss, heapUsed } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  return { memory: { residentBytes: rss, heapBytes: heapUsed }, cpuMs: (user + system) / 1000 }
}
