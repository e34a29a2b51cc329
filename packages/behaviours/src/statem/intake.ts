/**
 * What a message is to a machine: an event.
 */
import { Request } from '@agner/core'
import { behavioursError } from '../errors.ts'
import type { SysEvent } from '../gen/sys-event.ts'
import { isCall, isCast } from '../protocol/envelope.ts'
import type { From } from '../server/definition.ts'
import type { AnyEvent } from './events.ts'
import { asData } from './status.ts'
import { eventOfTimer, isTimerMessage } from './timer-message.ts'
import type { TimerTable } from './timer-table.ts'
import type { Transition } from './transition.ts'

/** Null for a timer that was stopped, or set again, after it had fired. */
export function eventOf(message: unknown, timers: TimerTable): AnyEvent | null {
  if (message instanceof Request) {
    const from = message as From<unknown>
    const { payload } = message as Request<unknown, unknown>
    return isCall(payload)
      ? { type: 'call', name: payload.call, payload: payload.arg, from }
      : { type: 'call', name: '', payload, from }
  }
  if (isCast(message)) return { type: 'cast', name: message.cast, payload: message.arg }
  if (!isTimerMessage(message)) return { type: 'info', message }
  const { key, id } = message
  return timers.fired(key, id) ? eventOfTimer(key, timers.content) : null
}

/** What a handler of a table gets of it. */
export function contentOf(event: AnyEvent): unknown {
  if (event.type === 'call' || event.type === 'cast') return event.payload
  return event.type === 'info' ? event.message : event.content
}

/** What those who look through sys hear of a transition: what became of the event, and where it led. */
export function toldOf({ event, postpones, state }: Transition): SysEvent {
  const type = event === null ? 'enter' : postpones ? 'postpone' : 'consume'
  return { type, state, ...(event !== null && { event: asData(event) }) }
}

/** @throws `statem.bad_state_and_data` */
export function wantStateAndData(given: unknown): { readonly state: unknown; readonly data: unknown } {
  if (typeof given === 'object' && given !== null && 'state' in given && 'data' in given) return given
  throw behavioursError('statem.bad_state_and_data')
}
