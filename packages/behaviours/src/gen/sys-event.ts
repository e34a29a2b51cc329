/**
 * What a behaviour tells of itself to those who look through sys (system events of OTP).
 *
 *     in    a message is there:  { type: 'in', kind: 'call' | 'cast' | 'info', …  }
 *     out   an answer went out:  { type: 'out', value, to }
 *     …     whatever else a behaviour finds worth telling, with a `type` of its own
 */
import { Request } from '@agner/core'
import { isCall, isCast } from '../protocol/envelope.ts'

export interface SysEvent {
  readonly type: string
  readonly [detail: string]: unknown
}

/** A message as an event: data that can be sent, without what a request has besides. */
export function inEvent(message: unknown): SysEvent {
  if (message instanceof Request) {
    const { payload, from } = message as Request
    if (isCall(payload)) return { type: 'in', kind: 'call', name: payload.call, payload: payload.arg, from }
    return { type: 'in', kind: 'request', payload, from }
  }
  if (isCast(message)) return { type: 'in', kind: 'cast', name: message.cast, payload: message.arg }
  return { type: 'in', kind: 'info', message }
}
