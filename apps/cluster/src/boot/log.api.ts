/**
 * The log as the other services see it: events come in by cast, and go out to files and to those who subscribed.
 */
import { protocol, type Level, type Protocol } from '@agner/behaviours'
import type { Down, Pid } from '@agner/core'

/** The levels of Agner's logger, which are those of syslog. */
export type LogLevel = Level

/** What happened, on which node. `kind` is one of a few words that reporting understands; others are stored all the same. */
export interface LogEvent {
  /** When, as ISO 8601, by the clock of the node. */
  readonly at: string
  readonly node: string
  readonly service: string
  readonly level: LogLevel
  readonly kind:
    | 'crash'
    | 'notice'
    | 'nodeup'
    | 'nodedown'
    | 'started'
    | 'stopped'
    | 'slow'
    | 'rejected'
    | (string & {})
  readonly text: string
  readonly details?: { readonly [key: string]: string | number | boolean | null }
}

/** What a subscriber gets: events in the order in which the log took them. */
export interface LogBatch {
  readonly type: 'logEvents'
  readonly events: readonly LogEvent[]
}

export interface LogApi {
  calls: {
    /** The last events, oldest first. */
    recent(query: { readonly limit: number }): readonly LogEvent[]
    /** From now on every event is sent to `subscriber`, until it ends. */
    subscribe(subscriber: Pid<LogBatch>): 'subscribed'
  }
  casts: {
    write(events: readonly LogEvent[]): void
  }
  info: Down
}

export const log: Protocol<LogApi> = protocol('@agner-chat/log')
