/**
 * What goes wrong, in words for the people who use the API. Codes are stable.
 */
import type { FastifyReply } from 'fastify'

export interface ApiError {
  readonly code: string
  readonly message: string
}

const errors = {
  unavailable: {
    status: 503,
    code: 'database_unavailable',
    message:
      'The database cannot be reached at present. Nothing is known to be stored; send it again with the same Idempotency-Key.',
  },
  unreadable: {
    status: 503,
    code: 'database_unavailable',
    message: 'The messages cannot be read at present: the database, or the way to it, is down.',
  },
  readOnly: {
    status: 503,
    code: 'database_read_only',
    message:
      'Too few of the nodes that keep the messages can be reached, so nothing can be stored at present; reading goes on. This request stored nothing; send it again with the same Idempotency-Key.',
  },
  busy: {
    status: 503,
    code: 'database_busy',
    message:
      'The database has more to store than it can at present. This request stored nothing; send it again with the same Idempotency-Key.',
  },
  keyReused: {
    status: 422,
    code: 'key_reused',
    message: 'This Idempotency-Key was used for another message. Use a new key for a new message.',
  },
  analyticsUnavailable: {
    status: 503,
    code: 'analytics_unavailable',
    message: 'The figures cannot be had at present: the analytics service, or the way to it, is down.',
  },
  reportsUnavailable: {
    status: 503,
    code: 'reports_unavailable',
    message: 'The reports cannot be had at present: the reporting service, or the way to it, is down.',
  },
} as const

type ErrorName = keyof typeof errors

export function messageFor(name: ErrorName): ApiError {
  const { code, message } = errors[name]
  return { code, message }
}

function statusFor(name: ErrorName): number {
  return errors[name].status
}

/** Answers with the error; one that time mends says when to come back. */
export function refuse(answer: FastifyReply, name: ErrorName): FastifyReply {
  if (statusFor(name) === 503) void answer.header('retry-after', '1')
  return answer.code(statusFor(name)).send({ error: messageFor(name) })
}
