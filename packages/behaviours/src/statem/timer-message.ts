/**
 * What the clock sends a machine for its timers, and the events that timers become. Users' messages have no type like
 * it, so nothing that they send is taken for one.
 */
import type { AnyEvent } from './events.ts'
import { eventKey, stateKey } from './timer-table.ts'

/** As all that belongs to the library begins. */
const type = '$agner/statem'

export interface TimerMessage {
  readonly type: '$agner/statem'
  readonly key: string
  readonly id: number
}

export function timerMessage(key: string, id: number): TimerMessage {
  return { type, key, id }
}

export function isTimerMessage(message: unknown): message is TimerMessage {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === type
}

const named = 'timeout '

/** The key of a generic timer among the others. */
export function namedKey(name: string): string {
  return named + name
}

export function eventOfTimer(key: string, content: unknown): AnyEvent {
  return key === stateKey || key === eventKey
    ? { type: key, content }
    : { type: 'timeout', name: key.slice(named.length), content }
}
