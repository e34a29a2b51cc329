/**
 * What gates say, as a client takes it: a gate may be broken, or of another version. What is not understood counts as the worst that it may mean.
 */
import { isToken, type GateAnswer, type Refusal, type Whereabouts } from './gate.api.ts'

interface Fields {
  readonly [name: string]: unknown
}

const longest = 1000

/** Of one that is not understood: it may have been done. */
const unknown: GateAnswer = { type: 'lost', last: 'its gate said what this version does not know' }

export function answerOf(value: unknown): GateAnswer {
  const { type, ...said } = fieldsOf(value)
  switch (type) {
    case 'done':
      return { type, value: said['value'] }
    case 'refused':
      return refusedOf(said)
    case 'failed': {
      const { code, message } = said
      if (typeof code !== 'string' || typeof message !== 'string') return unknown
      return { type, code, message, details: fieldsOf(said['details']) }
    }
    case 'lost':
      return { type, last: textOf(said['last']) ?? 'its gate did not say why' }
    default:
      return unknown
  }
}

/** What is not understood runs nowhere. */
export function whereaboutsOf(value: unknown): Whereabouts {
  const { type, token = null, ...said } = fieldsOf(value)
  return type === 'here' && (token === null || isToken(token)) ? { type, token } : refusedOf(said)
}

/** A later version may have reasons that this one does not know: nobody was asked all the same. */
function refusedOf({ why }: Fields): Whereabouts & { readonly type: 'refused' } {
  return { type: 'refused', why: (textOf(why) ?? 'not_here') as Refusal }
}

/** For people, who are shown it in errors: so much is enough. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, longest) : undefined
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
