/**
 * What a process logs with: one method for each level.
 *
 *     const log = logger(self, { module: '@acme/counter' })
 *     log.notice('counting begins')
 *     log.info({ what: 'counted', to: 3 })                  a report: data, put into words where it is printed
 *     log.debug(() => `all of it: ${expensive()}`)           not even asked when the level is off
 */
import { describeReason, type AnyPid, type ExitReason } from '@agner/core'
import { nodeOf, type Caller } from '../protocol/client.ts'
import type { LogMessage, Metadata } from './event.ts'
import type { Level } from './levels.ts'
import type { Logging } from './logging.ts'
import { loggingOf } from './of-node.ts'

/** A text, a report, or a function that gives either of them when it is wanted. */
export type Loggable = string | object | (() => string | object)

export interface Logger {
  emergency(message: Loggable, metadata?: Metadata): void
  alert(message: Loggable, metadata?: Metadata): void
  critical(message: Loggable, metadata?: Metadata): void
  error(message: Loggable, metadata?: Metadata): void
  warning(message: Loggable, metadata?: Metadata): void
  notice(message: Loggable, metadata?: Metadata): void
  info(message: Loggable, metadata?: Metadata): void
  debug(message: Loggable, metadata?: Metadata): void
  log(level: Level, message: Loggable, metadata?: Metadata): void
  /** Whether an event of that level would get as far as the filters. */
  allows(level: Level): boolean
  /** A logger that adds this to all its events. */
  with(metadata: Metadata): Logger
  /**
   * What is known of this process, added to all that it logs, with whatever logger, and to its crash report
   * (logger:set_process_metadata/1). Null takes it away. Nothing outside a process.
   */
  setProcessMetadata(metadata: Metadata | null): void
  /** Adds to it (logger:update_process_metadata/1). */
  updateProcessMetadata(metadata: Metadata): void
}

/**
 * The logger of a process, or of a node for code outside any process. It belongs to the node's logging, see
 * {@link createLogging}; a node without one gets one that prints notices and graver events to stderr.
 *
 * It never throws, whatever a formatter, filter or handler does. A function that was to give the message, and throws, is
 * logged as that.
 */
export function logger(from: Caller, metadata: Metadata = {}): Logger {
  return new BoundLogger(loggingOf(nodeOf(from)), 'pid' in from ? from.pid : null, metadata)
}

class BoundLogger implements Logger {
  readonly #logging: Logging
  readonly #pid: AnyPid | null
  readonly #metadata: Metadata

  constructor(logging: Logging, pid: AnyPid | null, metadata: Metadata) {
    this.#logging = logging
    this.#pid = pid
    this.#metadata = metadata
  }

  log(level: Level, message: Loggable, metadata?: Metadata): void {
    const own = metadata === undefined ? this.#metadata : { ...this.#metadata, ...metadata }
    if (this.#logging.allows(level, own, this.#pid)) this.#logging.write(level, toMessage(message), own, this.#pid)
  }

  allows(level: Level): boolean {
    return this.#logging.allows(level, this.#metadata, this.#pid)
  }

  with(metadata: Metadata): Logger {
    return new BoundLogger(this.#logging, this.#pid, { ...this.#metadata, ...metadata })
  }

  setProcessMetadata(metadata: Metadata | null): void {
    if (this.#pid !== null) this.#logging.setProcessMetadata(this.#pid, metadata)
  }

  updateProcessMetadata(metadata: Metadata): void {
    if (this.#pid === null) return
    this.setProcessMetadata({ ...this.#logging.processMetadata(this.#pid), ...metadata })
  }

  emergency(message: Loggable, metadata?: Metadata): void {
    this.log('emergency', message, metadata)
  }

  alert(message: Loggable, metadata?: Metadata): void {
    this.log('alert', message, metadata)
  }

  critical(message: Loggable, metadata?: Metadata): void {
    this.log('critical', message, metadata)
  }

  error(message: Loggable, metadata?: Metadata): void {
    this.log('error', message, metadata)
  }

  warning(message: Loggable, metadata?: Metadata): void {
    this.log('warning', message, metadata)
  }

  notice(message: Loggable, metadata?: Metadata): void {
    this.log('notice', message, metadata)
  }

  info(message: Loggable, metadata?: Metadata): void {
    this.log('info', message, metadata)
  }

  debug(message: Loggable, metadata?: Metadata): void {
    this.log('debug', message, metadata)
  }
}

function toMessage(given: Loggable): LogMessage {
  if (typeof given !== 'function') return typeof given === 'object' ? { report: given } : { text: String(given) }
  try {
    const made: unknown = given()
    return typeof made === 'object' && made !== null ? { report: made } : { text: String(made) }
  } catch (error) {
    return { text: `LAZY MESSAGE FAILED: ${describeReason(error as ExitReason)}` }
  }
}
