/**
 * What came of a function, as it travels, and what its caller makes of it.
 *
 * The words are part of the wire protocol: PROTOCOL.md, "Calls of functions".
 */
import { AgnerError, describeReason, type ExitReason } from '@agner/core'
import { erpcError } from './errors.ts'

export type OutcomeKind = 'return' | 'throw' | 'error' | 'exit' | 'signal' | 'undefined' | 'limit'

/** The answer to a call. */
export interface Outcome {
  readonly is: OutcomeKind
  readonly value: unknown
}

/** Which function it was, for its errors. */
export interface Asked {
  readonly node: string
  readonly module: string
  readonly name: string
  readonly timeoutMs: number
}

export type Response<R> =
  | { readonly type: 'reply'; readonly value: R }
  /** What `call` would have been rejected with. */
  | { readonly type: 'error'; readonly error: AgnerError }

/** Of an answer, which comes from another node and may be anything. */
export function responseOf<R>(asked: Asked, answer: unknown): Response<R> {
  const { is, value } = (typeof answer === 'object' && answer !== null ? answer : {}) as Partial<Outcome>
  if (is === 'return') return { type: 'reply', value: value as R }
  return { type: 'error', error: failureOf(asked, is, value) }
}

function failureOf(asked: Asked, is: OutcomeKind | undefined, value: unknown): AgnerError {
  const details = { ...asked, text: describeReason((value ?? null) as ExitReason) }
  if (is === 'error') return erpcError('erpc.failed', { ...details, reason: value })
  if (is === 'throw') return erpcError('erpc.threw', { ...details, value })
  if (is === 'exit') return erpcError('erpc.exited', { ...details, reason: value })
  if (is === 'signal') return erpcError('erpc.killed', { ...details, reason: value })
  if (is === 'undefined') return erpcError('erpc.undefined', details)
  if (is === 'limit') return erpcError('erpc.system_limit', details)
  return erpcError('erpc.unsupported', details)
}

/** Of a request that failed. What is no failure of erpc's own stays as it is: the argument cannot be sent, say. */
export function errorOf(asked: Asked, error: unknown): unknown {
  if (!(error instanceof AgnerError)) return error
  switch (error.code) {
    case 'call.timeout':
      return erpcError('erpc.timeout', { ...asked })
    case 'call.no_connection':
      return erpcError('erpc.no_connection', { ...asked })
    case 'call.no_process':
      return erpcError('erpc.unsupported', { ...asked })
    case 'call.bad_timeout':
      return erpcError('erpc.bad_argument', {
        what: 'timeoutMs',
        wanted: 'a number of milliseconds from 0 up, or Infinity',
      })
    default:
      return error
  }
}
