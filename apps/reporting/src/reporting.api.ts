/**
 * Alarms about the behaviour of the cluster, raised and cleared from its log events.
 */
import { protocol, type Protocol } from '@agner/behaviours'
import type { Down } from '@agner/core'
import type { FeedBatch } from './feed.api.ts'

export interface Alarm {
  readonly id: string
  readonly severity: 'warning' | 'critical'
  readonly text: string
  readonly raisedAt: string
  readonly clearedAt?: string
}

export interface NotableEvent {
  readonly at: string
  readonly node: string
  readonly kind: string
  readonly text: string
}

export interface Report {
  readonly alarms: readonly Alarm[]
  /** The newest first. */
  readonly events: readonly NotableEvent[]
}

export interface ReportingApi {
  calls: { report(): Report }
  /** Events of the log, its end, and the server's own rhythm. */
  info: FeedBatch | Down | { readonly type: 'check' }
}

export const reporting: Protocol<ReportingApi> = protocol('@agner-chat/reporting')
