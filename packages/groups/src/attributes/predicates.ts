/**
 * What is asked of a node before it is chosen: predicates over its attributes, as data.
 *
 * An attribute that is missing, failed, or is of another type than what it is compared with, satisfies none of them, `ne` neither.
 */

/** What an attribute may be. */
export type AttributeValue = string | number | boolean

export type Operator = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'isTrue'

export interface Predicate {
  readonly attribute: string
  readonly is: Operator
  /** Null for `isTrue`. */
  readonly value: AttributeValue | null
}

export function eq(attribute: string, value: AttributeValue): Predicate {
  return { attribute, is: 'eq', value }
}

/** Of the same type, and another value. */
export function ne(attribute: string, value: AttributeValue): Predicate {
  return { attribute, is: 'ne', value }
}

/** Numbers by size, texts by code units. */
export function lt<T extends number | string>(attribute: string, value: T): Predicate {
  return { attribute, is: 'lt', value }
}

export function le<T extends number | string>(attribute: string, value: T): Predicate {
  return { attribute, is: 'le', value }
}

export function gt<T extends number | string>(attribute: string, value: T): Predicate {
  return { attribute, is: 'gt', value }
}

export function ge<T extends number | string>(attribute: string, value: T): Predicate {
  return { attribute, is: 'ge', value }
}

/** The attribute is `true` itself. */
export function isTrue(attribute: string): Predicate {
  return { attribute, is: 'isTrue', value: null }
}

export function holds({ is, value }: Predicate, found: AttributeValue | undefined): boolean {
  if (is === 'isTrue') return found === true
  if (found === undefined || value === null || typeof found !== typeof value) return false
  switch (is) {
    case 'eq':
      return found === value
    case 'ne':
      return found !== value
    case 'lt':
      return found < value
    case 'le':
      return found <= value
    case 'gt':
      return found > value
    case 'ge':
      return found >= value
  }
}
