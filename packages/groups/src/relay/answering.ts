/**
 * What a target's answer, or its end, is on its way back: no larger than a message on its way there.
 *
 * No window holds answers back. What is larger than a frame may be would never arrive, and who asked would wait for ever.
 */
import type { AgnerError, AnyPid, ExitReason } from '@agner/core'
import { weigh } from '@agner/core/kernel'
import { groupsError } from '../errors.ts'
import type { Outcome } from './frames.ts'

interface Way {
  readonly from: AnyPid
  /** The node that asked, or watches. */
  readonly to: string
  readonly limit: number
}

/** The answer; if that is too large, the error that says so. */
export function fitted(outcome: Outcome, way: Way): Outcome {
  return fits(outcome, way) ? outcome : { ok: false, failed: 'refused', reason: tooLarge(way) }
}

/** The reason, or that it is too large. */
export function fittedReason(reason: ExitReason, way: Way): ExitReason {
  return fits(reason, way) ? reason : tooLarge(way)
}

function fits(value: unknown, { limit }: Way): boolean {
  const { objectBytes, byteStrings, isTooDeep } = weigh(value, limit)
  return !isTooDeep && objectBytes + byteStrings <= limit
}

function tooLarge({ from, to, limit }: Way): AgnerError {
  return groupsError('groups.relay_too_large', { target: `${to} from ${String(from)}`, limit })
}

/** Of a request that the target did not answer. */
export function failureOf(error: AgnerError): Outcome {
  const { reason = 'normal' } = error.details as { readonly reason?: ExitReason }
  switch (error.code) {
    case 'call.timeout':
      return { ok: false, failed: 'timeout', reason: 'normal' }
    case 'call.no_process':
      return { ok: false, failed: 'noProcess', reason: 'noproc' }
    case 'call.no_connection':
      return { ok: false, failed: 'noConnection', reason: 'noconnection' }
    case 'call.exited':
      return { ok: false, failed: 'exited', reason }
    default:
      return { ok: false, failed: 'refused', reason: error }
  }
}
