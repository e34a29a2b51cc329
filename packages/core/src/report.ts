/**
 * Reports: what a node tells its operator. A crash is always told, with what is needed to find its cause (proc_lib's crash report).
 */
import { describeReason, type ExitReason } from './exit-reason.ts'
import type { AnyPid } from './identity/pid.ts'

/** A process's own code failed. Exits that were asked for (`normal`, `shutdown`, exit signals, `exit(reason)`) are none. */
export interface CrashReport {
  readonly type: 'crash'
  readonly pid: AnyPid
  readonly name: string | null
  readonly label: string | null
  readonly reason: ExitReason
  readonly parent: AnyPid | null
  /** What it handled last, as the process itself saw it; undefined if there was nothing. May hold secrets: redact before storing. */
  readonly lastMessage: unknown
  readonly mailboxLength: number
}

/** Something that a dead process owned could not be closed. */
export interface ClosingFailed {
  readonly type: 'closing_failed'
  readonly pid: AnyPid
  readonly name: string | null
  readonly error: unknown
}

/** A mailbox reached its limit, and its process was ended for it. */
export interface MailboxOverflow {
  readonly type: 'mailbox_overflow'
  readonly pid: AnyPid
  readonly name: string | null
  readonly limit: number
}

/** A layer above the kernel has something to say: a supervisor, an application, a connection. */
export interface Notice {
  readonly type: 'notice'
  readonly level: 'debug' | 'info' | 'warning' | 'error'
  /** Who speaks, as a path: `supervisor`, `distribution.handshake`. */
  readonly source: string
  readonly text: string
  readonly details?: Readonly<Record<string, unknown>>
}

export type Report = CrashReport | ClosingFailed | MailboxOverflow | Notice

/** Takes reports. What it throws is swallowed: reporting never hurts who is reported. */
export type Reporter = (report: Report) => void

/** One line or a few for people. Messages are not printed, since they may hold secrets. */
export function formatReport(report: Report): string {
  switch (report.type) {
    case 'crash': {
      const who = whoIs(report)
      const stack =
        report.reason instanceof Error && report.reason.stack !== undefined
          ? `\n${report.reason.stack}`
          : ` ${describeReason(report.reason)}`
      return `[agner] process ${who} crashed:${stack}`
    }
    case 'closing_failed':
      return `[agner] something that ${String(report.pid)} owned could not be closed: ${String(report.error)}`
    case 'mailbox_overflow':
      return `[agner] process ${whoIs(report)} was ended: its mailbox reached the limit of ${report.limit} messages`
    case 'notice':
      return `[agner] ${report.level} ${report.source}: ${report.text}`
  }
}

function whoIs({
  pid,
  name,
  label,
}: {
  readonly pid: AnyPid
  readonly name: string | null
  readonly label?: string | null
}): string {
  const called = name ?? label
  return called == null ? String(pid) : `${String(pid)} "${called}"`
}
