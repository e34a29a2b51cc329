/**
 * The figures of `/api/analytics` and the alarms and events of `/api/reports`, read liberally.
 */
import { fieldsOf, listOf, numberOf, textOf, timeOf } from './wire.ts'

export interface Figures {
  /** One number a minute, the newest last. */
  readonly messagesPerMinute: readonly number[]
  readonly activeUsers: number
  readonly totalMessages: number
  readonly busiestRooms: readonly { readonly room: string; readonly messages: number }[]
  readonly sinceMs: number
}

export function readFigures(body: unknown): Figures {
  const fields = fieldsOf(body)
  return {
    messagesPerMinute: listOf(fields['messagesPerMinute']).map((value) => numberOf(value) ?? 0),
    activeUsers: numberOf(fields['activeUsers']) ?? 0,
    totalMessages: numberOf(fields['totalMessages']) ?? 0,
    busiestRooms: listOf(fields['busiestRooms']).map((value) => ({
      room: textOf(fieldsOf(value)['room']),
      messages: numberOf(fieldsOf(value)['messages']) ?? 0,
    })),
    sinceMs: timeOf(fields['since']),
  }
}

export interface Alarm {
  readonly id: string
  readonly severity: string
  readonly text: string
  readonly raisedMs: number
  readonly clearedMs: number | undefined
}

export interface ReportEvent {
  readonly atMs: number
  readonly node: string
  readonly kind: string
  readonly text: string
}

export interface Reports {
  /** Those still raised first, then the newest first. */
  readonly alarms: readonly Alarm[]
  /** The newest first. */
  readonly events: readonly ReportEvent[]
}

const mostEvents = 60

export function readReports(body: unknown): Reports {
  const fields = fieldsOf(body)
  const alarms = listOf(fields['alarms']).map((value): Alarm => {
    const alarm = fieldsOf(value)
    const clearedMs = timeOf(alarm['clearedAt'])
    return {
      id: textOf(alarm['id']),
      severity: textOf(alarm['severity']) || 'notice',
      text: textOf(alarm['text']),
      raisedMs: timeOf(alarm['raisedAt']),
      clearedMs: clearedMs || undefined,
    }
  })
  const events = listOf(fields['events']).map((value): ReportEvent => {
    const event = fieldsOf(value)
    return {
      atMs: timeOf(event['at']),
      node: textOf(event['node']),
      kind: textOf(event['kind']),
      text: textOf(event['text']),
    }
  })
  return {
    alarms: alarms.sort((a, b) => Number(isCleared(a)) - Number(isCleared(b)) || b.raisedMs - a.raisedMs),
    events: events.sort((a, b) => b.atMs - a.atMs).slice(0, mostEvents),
  }
}

export const isCleared = ({ clearedMs }: Alarm): boolean => clearedMs !== undefined
