/**
 * What handles log events: prints them, sends them on, counts them.
 *
 *     client's process: level ─► primary filters ─► each handler: level ─► filters ─► log(event, formatter)
 *
 * `log` runs in the turn of whoever logs, so it should be short: what takes time belongs into a process, as
 * {@link protectedHandler} has it. What it throws removes the handler, and nobody else is hurt.
 */
import type { Node } from '@agner/core'
import type { LogEvent } from './event.ts'
import type { Formatter } from './formatters.ts'

export interface LogHandler {
  log(event: LogEvent, formatter: Formatter): void
  /** The node that it handles events of; called once, when both are there. */
  attach?(node: Node, id: string): void
  /** It was removed. */
  detach?(): void
}
