/**
 * What questions for pages of messages must be like, wherever they enter a server: whoever asks for something else is told so (`call.bad_argument`), and
 * nobody else notices.
 */
import type { StandardSchema } from '@agner/behaviours'
import { storable } from './storable.ts'

/** Messages with an id above `after`, oldest first. */
export interface PageQuery {
  readonly after: number
  readonly limit: number
  /** Asks for a `Page`. Whoever does not say so, as earlier versions of this program, is answered with the messages alone. */
  readonly paged?: true
}

/** A schema for a question about a page. Numbers that are not whole, or so large that JavaScript does not tell them apart, are nothing that a database should be asked. */
export function pageQuestion<Query extends PageQuery>(): StandardSchema<Query> {
  return { '~standard': { version: 1, vendor: '@agner-chat/database', validate } }

  function validate(
    value: unknown,
  ): { readonly value: Query } | { readonly issues: { message: string; path: string[] }[] } {
    const query = value as Query
    const wrong = (['after', 'limit'] as const).filter((name) => !Number.isSafeInteger(query[name]) || query[name] < 0)
    if (wrong.length === 0) return { value: 'room' in query ? { ...query, room: storable(String(query.room)) } : query }
    return { issues: wrong.map((name) => ({ message: 'must be a safe integer from 0 up', path: [name] })) }
  }
}
