/** The errors of `@agner/consensus`, one registry. */
import { AgnerError, formatError } from '@agner/core'

const templates = {
  'consensus.bad_option': 'A Raft group cannot take this as "{option}": that is {wanted}.',
} as const

export type ConsensusErrorCode = keyof typeof templates

export function consensusError(code: ConsensusErrorCode, details: Readonly<Record<string, unknown>>): AgnerError {
  return new AgnerError(code, formatError(templates[code], details), details)
}
