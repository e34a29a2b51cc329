/**
 * Limits are numbers that somebody gives, and one that is not a number would be none at all: every comparison with it fails.
 */
import { coreError } from '../errors.ts'

/** @throws `limit.bad` */
export function toLimit(name: string, given: number | undefined, otherwise: number): number {
  if (given === undefined) return otherwise
  if (typeof given !== 'number' || !(given >= 1)) throw coreError('limit.bad', { name, value: String(given) })
  return given
}
