/**
 * The logging of a node of the chat: what is logged on it, and what the node reports, goes to the log service.
 *
 *     logger(self).info(…), node.report ──► logging ─┬─► forwarder ── write(events) ──► log service
 *                                                    └─► stderr, from warnings up
 *
 * Events wait here, at most a thousand, while the log cannot be reached; the oldest give way, and how many did is said. Warnings and
 * errors also go to stderr at once, so that nothing is silent when the log itself is in trouble, or this OS process ends with them.
 */
import {
  cast,
  createLogging,
  describeMessage,
  logger,
  type LogEvent,
  type LogHandler,
  type Logging,
} from '@agner/behaviours'
import { describeProcess, describeReason, type Node, type Report } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import type { Groups } from '@agner/groups'
import { log, type LogEvent as StoredEvent } from './log.api.ts'
import { groupsOf } from '../topology.ts'

const waitingLimit = 1000
const flushEveryMs = 100
const longestText = 2000

const stderrHandler: LogHandler = {
  log: (event, formatter) => {
    process.stderr.write(formatter(event))
  },
}

/** The logging of a service's node, and what forwards it. */
export function createServiceLogging(service: string): { readonly logging: Logging; readonly forwarder: LogForwarder } {
  const forwarder = new LogForwarder(service)
  const logging = createLogging({
    level: 'all',
    handlers: {
      forwarder,
      stderr: {
        handler: stderrHandler,
        level: 'warning',
        formatter: (event) => `[${event.meta.node}] ${event.level} ${textOf(event)}\n`,
      },
    },
  })
  return { logging, forwarder }
}

export class LogForwarder implements LogHandler {
  readonly #service: string
  #waiting: StoredEvent[] = []
  #dropped = 0

  constructor(service: string) {
    this.#service = service
  }

  start(node: Node, distribution: Distribution, groups: Groups): void {
    distribution.onNodeChange((change) => {
      // Who took leave is no news for the operator.
      const level =
        change.type === 'nodedown' &&
        change.reason !== 'shutdown' &&
        change.reason !== 'drained' &&
        change.reason !== 'net_kernel_terminated'
          ? 'warning'
          : 'info'
      logger(node).log(level, `${change.node} is ${change.type === 'nodeup' ? 'connected' : 'gone'}`, {
        kind: change.type,
        details: { node: change.node },
      })
    })
    const [group] = groupsOf(node.name)
    node.spawn(
      async (self) => {
        for (;;) {
          await self.sleep(flushEveryMs)
          // A node that stops leaves its groups before its processes end.
          const isMember = group !== undefined && groups.own().includes(group)
          const pid = isMember ? groups.whereis(group, 'log') : undefined
          const events = pid === undefined ? [] : this.#take()
          if (pid !== undefined && events.length > 0) cast(self, log.at(pid), 'write', events)
        }
      },
      { name: '@agner-chat/log-forwarder' },
    )
  }

  log(event: LogEvent): void {
    const { level, meta } = event
    const details = detailsOf(event)
    this.#waiting.push({
      at: new Date(meta.timeMs).toISOString(),
      node: meta.node,
      service: this.#service,
      level,
      kind: kindOf(event),
      text: textOf(event),
      ...(details !== undefined && { details }),
    })
    if (this.#waiting.length <= waitingLimit) return
    this.#waiting.shift()
    this.#dropped++
  }

  #take(): StoredEvent[] {
    const events = this.#waiting
    this.#waiting = []
    if (this.#dropped > 0) {
      events.unshift({
        ...events[0]!,
        level: 'warning',
        kind: 'dropped',
        text: `${this.#dropped} events were dropped while the log could not be reached`,
      })
      this.#dropped = 0
    }
    return events
  }
}

function reportOf({ message, meta }: LogEvent): Report | null {
  return 'report' in message && meta.domain?.[0] === 'agner' ? (message.report as Report) : null
}

/** What whoever logs says, else what kind of report it is. */
function kindOf(event: LogEvent): StoredEvent['kind'] {
  const { kind } = event.meta
  return typeof kind === 'string' ? kind : (reportOf(event)?.type ?? 'notice')
}

/** Messages stay out of the log: they may hold what people wrote. So does the stack of a crash, which is no text for a page. */
function textOf(event: LogEvent): string {
  const report = reportOf(event)
  const text =
    report?.type === 'crash'
      ? `process ${describeProcess(report)} crashed: ${describeReason(report.reason)}`
      : describeMessage(event)
  return text.slice(0, longestText)
}

function detailsOf(event: LogEvent): StoredEvent['details'] {
  const report = reportOf(event)
  if (report?.type === 'crash') return { process: String(report.pid), mailboxLength: report.mailboxLength }
  return event.meta['details'] as StoredEvent['details']
}
