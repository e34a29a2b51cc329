/**
 * Events to pino, or whatever has its methods.
 */
import { describeMessage } from '../formatters.ts'
import type { Level } from '../levels.ts'
import type { LogHandler } from '../log-handler.ts'
import { toPlain } from '../plain.ts'

type Write = (fields: object, text: string) => void

/** What is wanted of a logger of pino. */
export interface PinoLike {
  fatal: Write
  error: Write
  warn: Write
  info: Write
  debug: Write
}

const methods: Readonly<Record<Level, keyof PinoLike>> = {
  emergency: 'fatal',
  alert: 'fatal',
  critical: 'fatal',
  error: 'error',
  warning: 'warn',
  notice: 'info',
  info: 'info',
  debug: 'debug',
}

/**
 * A handler that hands each event to a logger of pino: the text as its message, metadata and report as its fields. The
 * time, level and writing are pino's own; so is its level, which is asked after ours. The process stands under `process`:
 * `pid` is pino's own, the one of the operating system.
 *
 *     createLogging({ handlers: { pino: pinoHandler(pino()) } })
 */
export function pinoHandler(pino: PinoLike): LogHandler {
  return {
    log: (event) => {
      const { level, message, meta } = event
      const { timeMs: _timeMs, formatReport, pid, ...more } = meta
      const report = 'report' in message && formatReport === undefined ? { report: toPlain(message.report) } : {}
      pino[methods[level]]({ process: toPlain(pid), ...(toPlain(more) as object), ...report }, describeMessage(event))
    },
  }
}
