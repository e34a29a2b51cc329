/**
 * The name of a group, with the type of what its members take.
 *
 *     export const listeners = group<{ type: 'price'; cents: number }>('shop/prices')
 *
 * It is a name and nothing else: two of one name are the same group. A plain string will do where types do not matter.
 */
import { pgError } from './errors.ts'

/** Characters that the name of a group may have. */
export const groupNameLimit = 1024

/** A group whose members take an `M`. */
export interface Group<in M = never> {
  readonly name: string
  /** Exists in the types only: it makes `M` count. */
  readonly '~takes'?: (message: M) => void
}

/** What operations take: a typed group, or a string, which carries no type. */
export type GroupName<M> = string | Group<M>

/**
 * Names a group, and says what its members take.
 *
 * @throws `pg.bad_group` if the name is empty, has more than 1,024 characters, or half a character.
 */
export function group<M>(name: string): Group<M> {
  return Object.freeze({ name: nameOf(name) })
}

/** @throws `pg.bad_group` */
export function nameOf(named: GroupName<never>): string {
  const name: unknown = typeof named === 'string' ? named : named?.name
  if (isGroupName(name)) return name
  const value = typeof name === 'string' ? `one of ${name.length}` : typeof name
  throw pgError('pg.bad_group', { limit: groupNameLimit, value })
}

export function isGroupName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name.length <= groupNameLimit && name.isWellFormed()
}
