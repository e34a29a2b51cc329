/**
 * What a machine says when something happens that its state does not know, or a callback gives what it should not.
 *
 * An event without a handler is a crash, as in OTP (function_clause): nothing goes on in a state that nobody thought of.
 * A plain message is reported and dropped, as a server does: anybody may send one.
 */
import { describeReason, type AgnerError, type AnyProcess, type ExitReason } from '@agner/core'
import { behavioursError } from '../errors.ts'
import { unlessSensitive } from '../gen/sensitive.ts'
import { Step } from '../server/steps.ts'
import type { Act } from './actions.ts'
import type { MachineCallbacks } from './callbacks.ts'
import type { AnyEvent } from './events.ts'
import { Move } from './steps.ts'

export function unhandledEvent(callbacks: MachineCallbacks, state: unknown, event: AnyEvent): AgnerError {
  const known = callbacks.tableOf(state)?.known ?? []
  return behavioursError('statem.unhandled_event', {
    module: callbacks.module,
    event: 'name' in event ? `the ${event.type} "${event.name}"` : `a ${event.type}`,
    state: inWords(state),
    known: known.length === 0 ? 'nothing' : known.join(', '),
  })
}

export function badState(callbacks: MachineCallbacks, callback: string, state: unknown): AgnerError {
  const { module, states } = callbacks
  return behavioursError('statem.bad_state', { module, callback, state: inWords(state), known: states.join(', ') })
}

export function badMove(module: string, callback: string, value: unknown): AgnerError {
  return behavioursError('statem.bad_return', { module, callback, value: inWords(value) })
}

/** A state enter call that wants to be elsewhere. */
export function badEnterMove(module: string, callback: string, state: unknown): AgnerError {
  const value = `nextState(${inWords(state)}, …), but a state enter call cannot go to another state`
  return behavioursError('statem.bad_return', { module, callback, value })
}

export function badAction(module: string, callback: string, action: unknown, problem: string): AgnerError {
  return behavioursError('statem.bad_action', { module, callback, value: inWords(action), problem })
}

function inWords(value: unknown): string {
  if (value instanceof Move || value instanceof Step) return `a step "${value.kind}", which has no place there`
  if (typeof value === 'object' && value !== null && 'kind' in value && 'timer' in value) return (value as Act).kind
  if (value === undefined) return 'nothing'
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  if (typeof value === 'string') return JSON.stringify(value)
  return describeReason(value as ExitReason).slice(0, 200)
}

/** @param state as it may be shown; undefined if it may not. */
export function reportUnhandledInfo(module: string, self: AnyProcess, state: unknown, message: unknown): void {
  const seen = unlessSensitive(self, { state, message })
  const where = seen.state === undefined ? 'its state' : `the state ${inWords(seen.state)}`
  const text = `${module} ${String(self.pid)} has no handler in ${where} for a message that it got, and dropped it`
  self.node.report({
    type: 'notice',
    level: 'warning',
    source: 'statem',
    text,
    details: { pid: self.pid, module, ...seen },
  })
}
