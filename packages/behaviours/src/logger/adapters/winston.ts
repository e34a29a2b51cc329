/**
 * Events to winston, or whatever has its `log`.
 */
import { describeMessage } from '../formatters.ts'
import type { Level } from '../levels.ts'
import type { LogHandler } from '../log-handler.ts'
import { toPlain } from '../plain.ts'

/** What is wanted of a logger of winston. */
export interface WinstonLike {
  log(entry: { level: string; message: string; [key: string]: unknown }): unknown
  /** The levels that it knows. */
  readonly levels: Readonly<Record<string, number>>
}

/** The same level by the names of syslog, and of npm, which has fewer. */
const names: Readonly<Record<Level, readonly string[]>> = {
  emergency: ['emerg', 'error'],
  alert: ['alert', 'error'],
  critical: ['crit', 'error'],
  error: ['error'],
  warning: ['warning', 'warn'],
  notice: ['notice', 'info'],
  info: ['info'],
  debug: ['debug'],
}

/**
 * A handler that hands each event to a logger of winston, with its levels, npm's or syslog's; one that it does not know
 * is tried as `info`.
 *
 *     createLogging({ handlers: { winston: winstonHandler(createLogger({ … })) } })
 */
export function winstonHandler(winston: WinstonLike): LogHandler {
  return {
    log: (event) => {
      const { level, message, meta } = event
      const { timeMs: _timeMs, formatReport, ...more } = meta
      const report = 'report' in message && formatReport === undefined ? { report: toPlain(message.report) } : {}
      const known = names[level].find((name) => name in winston.levels) ?? 'info'
      winston.log({ ...(toPlain(more) as object), ...report, level: known, message: describeMessage(event) })
    },
  }
}
