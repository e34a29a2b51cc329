/**
 * Brings what a node has to say to the log service.
 *
 * Events wait here, at most a thousand, while the log cannot be reached; the oldest give way, and how many did is said. Warnings and
 * errors also go to stderr at once, so that nothing is silent when the log itself is in trouble.
 */
import { cast } from '@agner/behaviours'
import { describeProcess, describeReason, formatReport, type Node, type Report } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import type { Groups } from '@agner/groups'
import { log, type LogEvent, type LogLevel } from './log.api.ts'
import { groupsOf } from '../topology.ts'

const waitingLimit = 1000
const flushEveryMs = 100
const longestText = 2000

export class LogForwarder {
  readonly #nodeName: string
  readonly #service: string
  #waiting: LogEvent[] = []
  #dropped = 0

  constructor(nodeName: string, service: string) {
    this.#nodeName = nodeName
    this.#service = service
  }

  start(node: Node, distribution: Distribution, groups: Groups): void {
    distribution.onNodeChange((change) => {
      // Who took leave is no news for the operator.
      const level =
        change.type === 'nodedown' && change.reason !== 'shutdown' && change.reason !== 'stopped' ? 'warning' : 'info'
      this.write(level, change.type, `${change.node} is ${change.type === 'nodeup' ? 'connected' : 'gone'}`, {
        node: change.node,
      })
    })
    const [group] = groupsOf(node.name)
    node.spawn(
      async (self) => {
        for (;;) {
          await self.sleep(flushEveryMs)
          const pid = group === undefined ? undefined : groups.whereis(group, 'log')
          const events = pid === undefined ? [] : this.#take()
          if (pid !== undefined && events.length > 0) cast(self, log.at(pid), 'write', events)
        }
      },
      { name: '@agner-chat/log-forwarder' },
    )
  }

  write(level: LogLevel, kind: LogEvent['kind'], text: string, details?: LogEvent['details']): void {
    if (level === 'warning' || level === 'error') process.stderr.write(`[${this.#nodeName}] ${level} ${text}\n`)
    const event = {
      at: new Date().toISOString(),
      node: this.#nodeName,
      service: this.#service,
      level,
      kind,
      text: text.slice(0, longestText),
    }
    this.#waiting.push(details === undefined ? event : { ...event, details })
    if (this.#waiting.length <= waitingLimit) return
    this.#waiting.shift()
    this.#dropped++
  }

  /** The node's reporter. Messages stay out of the log: they may hold what people wrote. */
  report(report: Report): void {
    switch (report.type) {
      case 'crash':
        return this.write(
          'error',
          'crash',
          `process ${describeProcess(report)} crashed: ${describeReason(report.reason)}`,
          {
            process: String(report.pid),
            mailboxLength: report.mailboxLength,
          },
        )
      case 'notice':
        return this.write(report.level, 'notice', `${report.source}: ${report.text}`)
      default:
        return this.write('error', report.type, formatReport(report))
    }
  }

  #take(): LogEvent[] {
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
