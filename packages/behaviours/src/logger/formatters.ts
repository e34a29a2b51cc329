/**
 * Formatters: an event becomes a line.
 *
 *     singleLine()   2026-01-02T03:04:05.678Z error <0.12.0> the text of it
 *     jsonLines()    {"time":"2026-01-02T03:04:05.678Z","level":"error","node":"a@b","pid":"<0.12.0>","message":"the text of it"}
 *
 * Both end with a line feed, and have no other one in them.
 */
import { describeReason, type ExitReason } from '@agner/core'
import type { LogEvent, LogMessage } from './event.ts'
import { toPlain } from './plain.ts'

export type Formatter = (event: LogEvent) => string

export interface LineOptions {
  /** More characters of a message than this are cut off, and replaced by `...`. Default 8,000. */
  readonly charsLimit?: number
  /** Metadata that is printed, as `key=value`, where the event has it. Default none. */
  readonly keys?: readonly string[]
}

/** What an event says, in words. A report's formatter that fails is no reason to lose the event. */
export function describeMessage({ message, meta }: Pick<LogEvent, 'message' | 'meta'>): string {
  if ('text' in message) return message.text
  const { report } = message
  if (meta.formatReport !== undefined) {
    try {
      return String(meta.formatReport(report))
    } catch (error) {
      return `FORMATTING FAILED: ${describeReason(error as ExitReason)}: ${describeReport(message)}`
    }
  }
  return describeReport(message)
}

function describeReport({ report }: Extract<LogMessage, { readonly report: object }>): string {
  if (report instanceof Error || Array.isArray(report)) return describeReason(report as ExitReason)
  try {
    return Object.entries(report)
      .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : describeReason(value as ExitReason)}`)
      .join(', ')
  } catch {
    return 'a report that cannot be shown'
  }
}

/** Line feeds and the blanks after them become a comma (`single_line` of logger_formatter). */
export function toSingleLine(text: string): string {
  return text.trim().replaceAll(/,?\r?\n\s*/g, ', ')
}

export function cutTo(text: string, charsLimit: number): string {
  return text.length <= charsLimit ? text : `${text.slice(0, Math.max(0, charsLimit - 3))}...`
}

/** For people. */
export function singleLine({ charsLimit = 8000, keys = [] }: LineOptions = {}): Formatter {
  return (event) => {
    const { level, meta } = event
    const text = cutTo(toSingleLine(describeMessage(event)), charsLimit)
    const more = keys
      .filter((key) => meta[key] !== undefined)
      .map((key) => ` ${key}=${toSingleLine(describeReason(toPlain(meta[key]) as ExitReason))}`)
    const who = meta.pid === null ? '' : ` ${String(meta.pid)}`
    return `${new Date(meta.timeMs).toISOString()} ${level}${who} ${text}${more.join('')}\n`
  }
}

export interface JsonOptions {
  /** More characters of a message than this are cut off. Default 8,000. */
  readonly charsLimit?: number
}

/**
 * For programs: one object a line. A report that has no formatter of its own is also there as data; what JSON does not know
 * is written as text.
 */
export function jsonLines({ charsLimit = 8000 }: JsonOptions = {}): Formatter {
  return (event) => {
    const { level, message, meta } = event
    const { timeMs, node, pid, formatReport, ...more } = meta
    const line = {
      time: new Date(timeMs).toISOString(),
      level,
      node,
      pid: pid === null ? null : String(pid),
      message: cutTo(describeMessage(event), charsLimit),
      ...('report' in message && formatReport === undefined && { report: toPlain(message.report) }),
      ...(Object.keys(more).length > 0 && { meta: toPlain(more) }),
    }
    return `${JSON.stringify(line)}\n`
  }
}
