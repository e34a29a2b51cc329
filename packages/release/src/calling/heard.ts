/**
 * What gates say, as a client takes it: a gate may be broken, or of another version. What is not understood counts as the worst that it may mean.
 */
import type { GateAnswer, Whereabouts } from './gate.api.ts'

interface Fields {
  readonly [name: string]: unknown
}

/** Of one that is not understood: it may have been done. */
const unknown: GateAnswer = { type: 'lost', last: 'its gate said what this version does not know' }

export function answerOf(value: unknown): GateAnswer {
  const said = fieldsOf(value)
  switch (said['type']) {
    case 'done':
    case 'refused':
      return value as GateAnswer
    case 'failed':
      return typeof said['code'] === 'string' && typeof said['message'] === 'string' ? (value as GateAnswer) : unknown
    case 'lost':
      return { type: 'lost', last: String(said['last']) }
    default:
      return unknown
  }
}

export function whereaboutsOf(value: unknown): Whereabouts {
  const { type, token = null } = fieldsOf(value)
  if (type === 'here' && (token === null || typeof token === 'number')) return { type, token }
  return type === 'refused' ? (value as Whereabouts) : { type: 'refused', why: 'not_here' }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
