/**
 * Exit reasons: why a process ended, as frozen data.
 *
 * The words are Erlang's. An uncaught error is the reason itself, as a frozen copy with its stack.
 */
import { describeValue } from './values/describe.ts'

/** A failure that a process died of: a frozen copy of the error, with name, message, stack, and code if it had one. */
export type ExitError = Readonly<Error> & { readonly code?: string }

/**
 * Why a process ended.
 *
 * - `'normal'`: its work is done; linked processes that do not trap exits are not touched.
 * - `'shutdown'`, `{ shutdown: … }`: it was asked to stop; not a crash, never reported as one.
 * - `'kill'` sent by exit/2 cannot be trapped, and becomes `'killed'` for those who watch.
 * - `'noproc'`: there was no such process. `'noconnection'`: its node cannot be reached; it may still live.
 * - an error: the body threw it. Anything else: what `exit(reason)` was given.
 */
export type ExitReason =
  | 'normal'
  | 'shutdown'
  | 'kill'
  | 'killed'
  | 'noproc'
  | 'noconnection'
  | { readonly shutdown: unknown }
  | NotCarried
  | ExitError
  | (string & {})
  | { readonly [key: string]: unknown }
  | number
  | boolean
  | null
  | bigint
  | readonly unknown[]

/** Why a request failed that no process failed at: it, or its answer, was too large for the wire, say. */
export interface NotCarried {
  readonly notCarried: ExitError
}

export function isNotCarried(reason: ExitReason): reason is { readonly notCarried: ExitError } {
  return typeof reason === 'object' && reason !== null && 'notCarried' in reason && reason.notCarried instanceof Error
}

/** True for reasons that are no crash: normal, shutdown and `{ shutdown: … }`. Those are not reported as errors. */
export function isOrderlyExit(reason: ExitReason): boolean {
  return reason === 'normal' || reason === 'shutdown' || isShutdown(reason)
}

function isShutdown(reason: ExitReason): boolean {
  return typeof reason === 'object' && reason !== null && !(reason instanceof Error) && 'shutdown' in reason
}

/** One line for logs: the reason as text, an error with its name and message. What is large is cut off: at most 2,000 characters and an ellipsis. */
export function describeReason(reason: ExitReason): string {
  return typeof reason === 'string' && reason.length <= 500 ? reason : describeValue(reason)
}
