/**
 * What may be a name of a group, and have one: looked at where a claim is made, where it is applied, and where names go on into another generation.
 *
 * The keepers of the other members drop a founding with a name that makes no sense: such a name must get into no log, or the group would never be founded again.
 */
import { AgnerError, formatError, Pid, type AnyPid } from '@agner/core'
import { groupsError } from '../errors.ts'
import type { Claims } from './claims.ts'

/** As in mode `merge`. */
const nameLimit = 255

/** Well-formed: what is not becomes another name on its way to other nodes. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= nameLimit && value.isWellFormed()
}

export function isPid(value: unknown): value is AnyPid {
  return value instanceof Pid
}

/** @throws `global.bad_name`, as in mode `merge` */
export function checkName(name: unknown): void {
  if (isName(name)) return
  const isLong = typeof name === 'string' && (name === '' || name.length > nameLimit)
  const value = isLong ? `one of ${String(name.length)}` : typeof name === 'string' ? 'half a character' : typeof name
  const details = { limit: nameLimit, value }
  throw new AgnerError(
    'global.bad_name',
    formatError('A name is a well-formed string of 1 to {limit} characters; got {value}.', details),
    details,
  )
}

/** @throws `groups.bad_option` */
export function checkPid(pid: unknown): void {
  if (!isPid(pid)) throw groupsError('groups.bad_option', { option: 'pid', wanted: 'the pid of a process' })
}

/** Without those that a group may have from a time when nobody looked. */
export function soundClaims(claims: Claims): Claims {
  return new Map([...claims].filter(([name, { pid }]) => isName(name) && isPid(pid)))
}
