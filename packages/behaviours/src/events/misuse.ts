/**
 * What a manager says of a handler that gives what it should not, or is asked for what it does not have; and of an event
 * that is none.
 */
import { copy } from '@agner/core/kernel'
import { behavioursError } from '../errors.ts'
import type { PayloadIssue } from '../protocol/check.ts'
import { tablesOf } from './callbacks.ts'
import { describeHandler, idOf } from './handler-protocol.ts'
import type { Last } from './handlers.ts'
import type { Installed } from './installed.ts'
import { describeReturn, type HandlerStep } from './steps.ts'

export function badReturn({ id }: Installed, { callback }: Last, step: unknown): Error {
  return behavioursError('events.bad_return', { handler: describeHandler(id), callback, value: describeReturn(step) })
}

export function unknownCall({ id, tables }: Installed, call: string): Error {
  const known = tables.calls.size === 0 ? 'none' : [...tables.calls.keys()].join(', ')
  return behavioursError('events.unknown_call', { handler: describeHandler(id), call, known })
}

/**
 * What is wrong with who takes over; null if nothing is, or nobody does. Asked before the handler ends: it is the one at
 * fault, and one that has ended could not crash any more.
 */
export function wrongSuccessor({ successor }: HandlerStep): { readonly error: unknown } | null {
  if (successor === null) return null
  try {
    tablesOf(successor.to)
    copy(idOf(successor.to))
    return null
  } catch (error) {
    return { error }
  }
}

export const noEvent: readonly PayloadIssue[] = Object.freeze([
  { path: '', message: 'an event is an object that has a type, and that is a string' },
])
