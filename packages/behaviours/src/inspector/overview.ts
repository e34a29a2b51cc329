/** The head line of a node. */
import type { Node } from '@agner/core'
import { connectedNodes } from '@agner/core/kernel'
import type { NodeOverview } from './inspector.api.ts'
import type { LoopLag } from './loop-lag.ts'

/** Of so many processes with the longest mailboxes the messages are counted: a sum over a million of them would be felt. */
const mailboxesCounted = 1000

export function overviewOf(node: Node, lag: LoopLag): NodeOverview {
  const { processes, names, timers, reductions, uptimeMs, ...met } = node.counters()
  const longest = node.topProcesses({ by: 'mailbox', count: mailboxesCounted })
  const [first] = longest
  return {
    name: node.name,
    uptimeMs,
    processes,
    names,
    timers,
    waiting: longest.reduce((sum, { value }) => sum + value, 0),
    waitingOf: longest.length,
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
