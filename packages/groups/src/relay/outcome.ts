/**
 * What came of a request across the relay, as its caller gets it.
 */
import {
  AgnerError,
  describeReason,
  reply,
  type ExitError,
  type ExitReason,
  type Node,
  type Request,
} from '@agner/core'
import { groupsError } from '../errors.ts'
import { describeTarget, type Target } from './address.ts'
import type { Outcome } from './frames.ts'

/** At the source a request may also fail since the gateways take no more. */
export type LocalOutcome = Outcome | { readonly ok: false; readonly failed: 'full'; readonly reason: 'noconnection' }

export function answerLocally(request: Request<unknown, unknown>, outcome: LocalOutcome): void {
  reply(request, outcome)
}

/** The answer itself, or the error. @throws `groups.relay_…` */
export function open(outcome: LocalOutcome, to: Target, timeoutMs: number): unknown {
  if (outcome.ok) return outcome.value
  const { failed, reason } = outcome
  if (failed === 'refused') throw asError(reason as ExitError)
  throw errorOf({ failed, reason }, describeTarget(to), timeoutMs)
}

const codes = {
  noProcess: 'groups.relay_no_process',
  noConnection: 'groups.relay_no_connection',
  timeout: 'groups.relay_timeout',
  exited: 'groups.relay_exited',
  full: 'groups.relay_full',
} as const

function errorOf(
  { failed, reason }: { readonly failed: keyof typeof codes; readonly reason: ExitReason },
  target: string,
  timeoutMs: number,
): AgnerError {
  return groupsError(codes[failed], { target, reason, words: describeReason(reason), timeoutMs })
}

/** What the far server refused the request with, as it would have here. */
function asError({ code = 'groups.relay_exited', message }: ExitError): AgnerError {
  return new AgnerError(code, message)
}

/** The gateways take no more. */
export const full: LocalOutcome = { ok: false, failed: 'full', reason: 'noconnection' }

/** Of a request whose target is gone, or cannot be reached. */
export function outcomeOf(reason: ExitReason): Outcome {
  if (reason === 'noproc') return { ok: false, failed: 'noProcess', reason }
  if (reason === 'noconnection') return { ok: false, failed: 'noConnection', reason }
  return { ok: false, failed: 'exited', reason }
}

/** No way was found in time: what waited for it goes nowhere. */
export function reportUnsent(node: Node, target: string, isFull: boolean, count: number): void {
  if (count === 0) return
  const why = isFull ? ': the gateways are full' : ''
  const text = `Found no way to ${target}${why}; not sent: ${count}.`
  node.report({ type: 'notice', level: 'warning', source: 'groups.relay', text })
}
