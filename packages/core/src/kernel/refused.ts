/**
 * A request that is refused: it has no answer, and nothing happened to the server, which goes on as if it had not come.
 *
 *     here       the caller is rejected with the error itself
 *     elsewhere  requestFailed carries code, message and details in place of an exit reason, under a name that no
 *                reason of a user's has; a node that does not know it sees a call that failed for this reason
 */
import { AgnerError } from '../errors.ts'
import type { ExitReason } from '../exit-reason.ts'
import type { Request } from './request.ts'

const mark = '$agner/refused'

/** Rejects the call with `error`; its details must be sendable. Once answered, or given up, it does nothing. */
export function refuse(request: Request, error: AgnerError): void {
  request.refuse(error)
}

/** For the way to another node. */
export function refusalToReason({ code, message, details }: AgnerError): ExitReason {
  return { [mark]: { code, message, details } }
}

/** Null when it is a reason as others are. What comes from another node may be anything. */
export function refusalFromReason(reason: ExitReason): AgnerError | null {
  const told = plain(reason)?.[mark]
  const { code, message, details } = plain(told) ?? {}
  if (typeof code !== 'string' || typeof message !== 'string') return null
  return new AgnerError(code, message, plain(details) ?? {})
}

function plain(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null
}
