/**
 * What no connection takes: a request that is too large for it, or an answer. To send it again would come to the same, whoever leads.
 *
 * A call fails with one code for both, `call.not_carried`, and so it does when a node has too many requests of another, which passes. What stopped it is the
 * cause; which of the two it was, its words say.
 */
import type { AgnerError } from '@agner/core'
import { messageOf } from '@agner/core/kernel'
import type { ConsensusErrorCode } from '../errors.ts'
import type { Operation } from './operation.ts'

const stops: ReadonlySet<unknown> = new Set([
  'distribution.object_too_large',
  'distribution.message_too_large',
  'distribution.frame_too_large',
  'distribution.unencodable',
])

export interface TooMuch {
  readonly code: ConsensusErrorCode
  /** For people. */
  readonly message: string
}

/** What an operation comes to whose attempt failed with that; null if another attempt may do better. */
export function tooMuchFor({ call, mayHaveCome }: Operation, { code, cause }: AgnerError): TooMuch | null {
  if (code !== 'call.not_carried' || !(cause instanceof Error)) return null
  const { code: why } = cause as { readonly code?: unknown }
  if (!stops.has(why)) return null
  const said = messageOf(cause)
  const part = said.startsWith('A reply ') ? 'answer' : said.startsWith('A request ') ? 'request' : null
  const isUnsayable = why === 'distribution.unencodable'
  const what = isUnsayable
    ? 'has no bytes'
    : 'is larger than the connection carries (limits.objectBytes, limits.messageBytes)'
  // The sentence goes on.
  const message = `the ${part ?? 'request or answer'} ${what}: ${said.replace(/\.$/, '')}`
  if (call === 'read' || call === 'readLocal') return { code: 'consensus.query_failed', message }
  if (call !== 'submit') return null
  // Whatever else a leader has to say is small.
  if (part === 'answer') return { code: 'consensus.result_unsendable', message }
  if (part === null || mayHaveCome) return { code: 'consensus.unknown_outcome', message }
  return { code: isUnsayable ? 'consensus.command_unencodable' : 'consensus.command_too_large', message }
}
