/**
 * What a server says when it is asked for what it does not have, or returns what it should not.
 *
 * An unknown call or cast is a crash, as in OTP (undef, function_clause): the caller learns why, and nothing goes on in
 * a state that nobody thought of; unless the server is to refuse them. An unknown plain message is reported and dropped.
 */
import { describeReason, type AgnerError, type AnyProcess, type ExitReason } from '@agner/core'
import { behavioursError } from '../errors.ts'
import { unlessSensitive } from '../gen/sensitive.ts'
import { isCall } from '../protocol/envelope.ts'
import type { Callbacks } from './callbacks.ts'
import { saysHow, Step } from './steps.ts'

export function unknownCall({ module, calls }: Callbacks, payload: unknown): AgnerError {
  const name = isCall(payload) ? `"${payload.call}"` : 'that looks like this request'
  return behavioursError('server.unknown_call', { module, name, known: names(calls) })
}

export function unknownCast({ module, casts }: Callbacks, name: string): AgnerError {
  return behavioursError('server.unknown_cast', { module, name: `"${name}"`, known: names(casts) })
}

function names(table: ReadonlyMap<string, unknown>): string {
  return table.size === 0 ? 'none' : [...table.keys()].join(', ')
}

export function badReturn({ module }: Callbacks, callback: string, value: unknown): AgnerError {
  return behavioursError('server.bad_return', { module, callback, value: inWords(value) })
}

/** What a callback gave, for people. */
export function inWords(value: unknown): string {
  if (value instanceof Step && !saysHow(value)) return oddlyGoingOn(value)
  if (value instanceof Step) return `${value.kind}(…), which has no place there`
  if (value === undefined) return 'nothing'
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  return describeReason(value as ExitReason).slice(0, 200)
}

function oddlyGoingOn({ kind, then }: Step): string {
  return `${kind}(…), whose last argument is ${inWords(then)} and no object`
}

export function noContinue({ module }: Callbacks): AgnerError {
  return behavioursError('server.bad_definition', {
    module,
    problem: 'a step says { continue }, but there is no continue callback',
  })
}

export function reportUnhandled({ module }: Callbacks, self: AnyProcess, message: unknown): void {
  const text = `${module} ${String(self.pid)} has no handler for a message that it got, and dropped it`
  self.node.report({
    type: 'notice',
    level: 'warning',
    source: 'server',
    text,
    details: { pid: self.pid, module, ...unlessSensitive(self, { message }) },
  })
}
