/**
 * What the log says to those who follow it: its events, and where each stands, so that none is taken twice, whoever has to subscribe again.
 *
 *     reporting ── subscribe ──► log ── the recent events, up to 510 ──► reporting
 *                                log ── a batch, up to 513 ────────────► reporting      it has three events, which follow
 *
 * It is the log's protocol as every node knows it, with more in its answers.
 */
import { protocol, type Protocol } from '@agner/behaviours'
import type { AnyPid, Pid } from '@agner/core'
import { log, type LogApi, type LogBatch, type LogEvent } from '@agner-chat/cluster/log'

/** A run of a log's events. */
export interface Feed {
  /** The process that numbers them. */
  readonly log: AnyPid
  readonly events: readonly LogEvent[]
  /** The place of the last of them: how many events that process has taken. */
  readonly upTo: number
}

/** What a subscriber gets. A log of an earlier version says nothing of places. */
export type FeedBatch = LogBatch & Partial<Feed>

export interface FeedApi {
  calls: Omit<LogApi['calls'], 'subscribe'> & {
    /**
     * The recent events; from now on every further one is sent to `subscriber`, until it ends. Whoever subscribes again is one subscriber. A log of an earlier
     * version answers `subscribed`.
     */
    subscribe(subscriber: Pid<LogBatch>): Feed | 'subscribed'
  }
  casts: LogApi['casts']
  info: LogApi['info']
}

export const feed: Protocol<FeedApi> = protocol(log.module)
