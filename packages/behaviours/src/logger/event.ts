/**
 * A log event: level, message, metadata. It is a value that filters may look at, change and pass on.
 */
import type { AnyPid } from '@agner/core'
import type { Level } from './levels.ts'

/** What was said: a text, or a report, which is data that is put into words only where it is printed. */
export type LogMessage = { readonly text: string } | { readonly report: object }

/** Puts a report into words. */
export type ReportFormatter = (report: object) => string

/** What is known of an event besides what was said. Those of the event go before those of its process, these before the primary ones. */
export interface Metadata {
  /** Who logs by this module's level; by custom that of a server's protocol. */
  readonly module?: string
  /** The application that it belongs to, for application levels. */
  readonly application?: string
  /** What it is about, from the general to the particular: filters go by it. Reports of Agner have `['agner', …]`. */
  readonly domain?: readonly string[]
  /** Puts this event's report into words; by default it is printed as it is. */
  readonly formatReport?: ReportFormatter
  readonly [key: string]: unknown
}

/** Every event has these. */
export interface EventMetadata extends Metadata {
  /** Milliseconds since 1970, with fractions: `node.systemTimeMs()`. */
  readonly timeMs: number
  /** Null outside any process. */
  readonly pid: AnyPid | null
  readonly node: string
}

export interface LogEvent {
  readonly level: Level
  readonly message: LogMessage
  readonly meta: EventMetadata
}
