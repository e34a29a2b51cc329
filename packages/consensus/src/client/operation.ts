/**
 * One request of a client, from when it is asked until it is answered, through as many attempts as it takes.
 */
import { answer, type From } from '@agner/behaviours'
import { Request } from '@agner/core'
import type { ConsensusErrorCode } from '../errors.ts'
import type { Refused } from '../member/member.api.ts'
import type { Change, MemberId } from '../raft/interface.ts'
import type { ClientAnswer, Question } from './client.api.ts'
import type { ClientSession } from './session.ts'

export interface Operation {
  readonly call: Question['call'] | 'openSession'
  readonly payload: unknown
  readonly timeoutMs: number
  /** Null for one of the client's own. */
  readonly from: From<ClientAnswer> | null
  readonly deadlineMs: number
  /** Of a command that has been sent. */
  session: ClientSession | null
  sequence: number
  /** An attempt ended without a word on what came of it. */
  mayHaveCome: boolean
  /** When the present attempt, or its rest, is over. */
  wakeAtMs: number
  rests: number
  /** What came of the last attempt, for people. */
  last: string
  /** What a member said that is wrong with it. */
  message: string | null
  isOver: boolean
  /** Of a status: what a member said that does not lead. */
  secondBest: unknown
}

export function operationOf(
  { call, payload, timeoutMs }: Question | (Omit<Question, 'call'> & { readonly call: 'openSession' }),
  from: From<ClientAnswer> | null,
  nowMs: number,
): Operation {
  return {
    call,
    payload,
    timeoutMs,
    from,
    deadlineMs: nowMs + timeoutMs,
    session: null,
    sequence: 0,
    mayHaveCome: false,
    wakeAtMs: Infinity,
    rests: 0,
    last: 'none answered',
    message: null,
    isOver: false,
    secondBest: null,
  }
}

/** Whoever leads must answer it. */
export function isForLeader({ call }: Operation): boolean {
  return call !== 'readLocal' && call !== 'status'
}

/** Whether somebody waits for what comes of it: who gave up, or has ended, does not. The client itself waits for its own. */
export function isAwaited({ from }: Operation): boolean {
  return !(from instanceof Request) || from.isPending
}

/** Nobody waits for it any more: it counts as answered. */
export function drop(operation: Operation): void {
  end(operation, { type: 'done', value: null })
}

export function done(operation: Operation, value: unknown): void {
  end(operation, { type: 'done', value })
}

/** The time is up, or it can come to nothing. */
export function fail(
  operation: Operation,
  group: string,
  code: ConsensusErrorCode = codeOf(operation),
  more: Readonly<Record<string, unknown>> = {},
): void {
  const { call: what, timeoutMs, last, message } = operation
  const details = { group, what, timeoutMs, last, ...about(operation), ...(message !== null && { message }), ...more }
  end(operation, { type: 'failed', code, details })
}

function end(operation: Operation, value: ClientAnswer): void {
  operation.isOver = true
  operation.session?.settle(operation.sequence)
  if (operation.from !== null) answer(operation.from, value)
}

/** What people are told besides: whom it was about. */
function about({ call, payload, last }: Operation): Readonly<Record<string, unknown>> {
  if (call === 'configure') return { id: (payload as { readonly change: Change }).change.id }
  if (call !== 'transfer') return {}
  const { to } = payload as { readonly to: MemberId | null }
  const isUnknown = last === 'no_such_member'
  const nobody = to === null ? 'there is no other voter that answers' : `${to} is no voter of it`
  return { to, why: isUnknown ? nobody : 'another hand-over is under way, or the one that was to lead did not in time' }
}

const changes: ReadonlySet<string> = new Set<Operation['call']>(['submit', 'configure'])
const fullness: ReadonlySet<string> = new Set<Refused['why']>(['busy', 'change_pending', 'too_many_results'])

function codeOf({ call, mayHaveCome, last }: Operation): ConsensusErrorCode {
  if (mayHaveCome && changes.has(call)) return 'consensus.unknown_outcome'
  if (last === 'unheard') return 'consensus.unheard_voter'
  return fullness.has(last) ? 'consensus.busy' : 'consensus.unavailable'
}

/** A member does not take what was asked, and none of its version will; but another may have, before. */
export function codeOfBroken({ call, mayHaveCome }: Operation): ConsensusErrorCode {
  return mayHaveCome && changes.has(call) ? 'consensus.unknown_outcome' : 'consensus.bad_argument'
}

/** What a refusal means for an operation. */
export type Verdict =
  /** It holds already: as good as done. */
  | 'done'
  /** Another member is to be asked. */
  | 'elsewhere'
  /** The same member, in a while. */
  | 'later'
  /** Its session is gone. */
  | 'session'
  | ConsensusErrorCode

export function judge({ call, mayHaveCome }: Operation, why: Refused['why']): Verdict {
  switch (why) {
    case 'not_leader':
    case 'leader_lost':
      return 'elsewhere'
    case 'no_session':
      return 'session'
    case 'answered_before':
      return 'consensus.unknown_outcome'
    case 'is_member':
      return 'done'
    case 'no_such_member':
      return call === 'transfer' ? 'consensus.refused_transfer' : 'done'
    case 'last_voter':
    case 'other_role':
      return 'consensus.refused_change'
    case 'transferring':
      return call === 'transfer' ? 'consensus.refused_transfer' : 'later'
    case 'no_query':
      return 'consensus.no_query'
    // An earlier attempt may have come to a member with other limits.
    case 'too_large':
      return mayHaveCome ? 'consensus.unknown_outcome' : 'consensus.command_too_large'
    case 'unencodable':
      return mayHaveCome ? 'consensus.unknown_outcome' : 'consensus.command_unencodable'
    case 'query_failed':
      return 'consensus.query_failed'
    // Applied once, whoever says so: sent again it would come to the same.
    case 'result_unsendable':
      return 'consensus.result_unsendable'
    // It may be heard, or the others may, before the time is up.
    case 'unheard':
    case 'busy':
    case 'change_pending':
    case 'too_many_results':
      return 'later'
  }
}
