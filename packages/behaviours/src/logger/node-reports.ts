/**
 * What a node reports, as log events: crashes, overflows, and the notices of supervisors, applications and connections.
 *
 * Printed, they keep quiet of messages, states and dictionaries, which may hold secrets; a handler that wants them has the
 * report itself.
 */
import { formatReport, type Notice, type Report } from '@agner/core'
import type { LogMessage, Metadata } from './event.ts'
import type { Level } from './levels.ts'

export interface ReportedEvent {
  readonly level: Level
  readonly message: LogMessage
  readonly meta: Metadata
}

const prefix = '[agner] '

export function fromReport(report: Report): ReportedEvent {
  const formatOf = (): string => formatReport(report)
  if (report.type === 'notice') {
    const { level, source, details } = report
    const pid = details?.['pid'] ?? details?.['supervisor']
    const domain = ['agner', isProgress(report) ? 'progress' : 'notice', ...source.split('.')]

    const application = details?.['application']
    const meta = {
      source,
      domain,
      // In words only where it is printed: the text may be made when it is asked for.
      formatReport: () => `${source}: ${report.text}`,
      ...(pid !== undefined && { pid }),
      ...(typeof application === 'string' && { application }),
    }
    return { level, message: { report }, meta }
  }
  const formatWithoutName = (): string => formatOf().slice(prefix.length)
  return {
    level: 'error',
    message: { report },
    meta: { pid: report.pid, source: report.type, domain: ['agner', report.type], formatReport: formatWithoutName },
  }
}

/** That something was started is told by the same kind of report as that it failed. */
function isProgress({ details }: Notice): boolean {
  return details?.['context'] === 'progress'
}
