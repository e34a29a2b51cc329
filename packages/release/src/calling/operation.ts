/** One call of a client, from when it is made until it is answered, through as many attempts as it takes. */
import { answer, type From } from '@agner/behaviours'
import type { AgnerError, Ref } from '@agner/core'
import { releaseError } from '../errors.ts'
import { isAwaited } from './awaited.ts'
import type { ClientAnswer, Question } from './client.api.ts'

export interface Operation {
  readonly id: number
  readonly question: Question
  /** Null for a cast. */
  readonly from: From<ClientAnswer> | null
  readonly deadlineMs: number
  /** The deadline, or that of the present attempt. */
  timer: Ref | null
  /** What was sent to a gate, while that has not answered. */
  attempt: Ref | null
  /** It is tried again in a while, at the same place. */
  isResting: boolean
  rests: number
  /** It was passed on, and what came of that is not known. */
  mayHaveCome: boolean
  /** How often its process ended with it. */
  losses: number
  /** What came of the last attempt, for people. */
  last: string
  isOver: boolean
  /** Its neighbours in the queue, while it waits there. */
  isQueued: boolean
  before: Operation | null
  after: Operation | null
}

export function operationOf(
  id: number,
  question: Question,
  from: From<ClientAnswer> | null,
  deadlineMs: number,
): Operation {
  return {
    id,
    question,
    from,
    deadlineMs,
    timer: null,
    attempt: null,
    isResting: false,
    rests: 0,
    mayHaveCome: false,
    losses: 0,
    last: '',
    isOver: false,
    isQueued: false,
    before: null,
    after: null,
  }
}

/** Whether somebody waits for it still. */
export function isWanted({ from, isOver }: Operation): boolean {
  return !isOver && (from === null || isAwaited(from))
}

export function done(operation: Operation, value: unknown): void {
  end(operation, { type: 'done', value })
}

export interface Terms {
  readonly application: string
  readonly nodes: readonly string[]
}

/** Nothing better is known of it, and there will not be. */
export function giveUp(operation: Operation, { application, nodes }: Terms): void {
  const { question, last, mayHaveCome } = operation
  const { name, timeoutMs } = question
  fail(
    operation,
    mayHaveCome
      ? releaseError('release.outcome_unknown', { application, name, last })
      : releaseError('release.not_running', { application, timeoutMs, last, nodes: nodes.join(', ') }),
  )
}

export function fail(
  operation: Operation,
  { code, message, details }: Pick<AgnerError, 'code' | 'message'> & { readonly details?: unknown },
): void {
  end(operation, { type: 'failed', code, message, details })
}

function end(operation: Operation, value: ClientAnswer): void {
  operation.isOver = true
  if (operation.from !== null) answer(operation.from, value)
}
