/**
 * Values that go by reference.
 *
 * `immutable(value)` checks that the value may be sent, freezes it through and through, and remembers it: a send then passes the
 * reference and copies nothing. Map, Set, Date and bytes cannot be frozen, so they are refused.
 */
import { coreError } from '../errors.ts'
import { Pid } from '../identity/pid.ts'
import { Ref } from '../identity/ref.ts'
import { asSparse } from './holes.ts'
import { depthLimit } from './refusal.ts'
import type { Sendable } from './sendable.ts'

const known = new WeakSet<object>()
/** Whether there ever was one: the copy asks about every object. */
let some = false

/** True for what {@link immutable} returned. */
export function isImmutable(value: object): boolean {
  return some && known.has(value)
}

/**
 * Freezes a tree of plain objects and arrays for good and lets it go by reference from then on. Use it for large values that many
 * processes read: configuration, tables.
 *
 * @returns the same object, frozen.
 * @throws `copy.unsendable` if anything in it is not plain data, or cannot be frozen (Map, Set, Date, bytes).
 */
export function immutable<const T>(value: T & Sendable<T>): T {
  freeze(value, '$', new Set())
  return value
}

function freeze(value: unknown, path: string, above: Set<object>): void {
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'function' || typeof value === 'symbol')
      throw coreError('copy.unsendable', { what: `a ${typeof value}`, path })
    return
  }
  if (known.has(value) || value instanceof Pid || value instanceof Ref) return
  if (above.size > depthLimit || above.has(value)) throw coreError('copy.too_deep', { limit: depthLimit, path })
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null && prototype !== Array.prototype) {
    throw coreError('copy.unsendable', {
      what: `a ${value.constructor?.name ?? 'class instance'} (it cannot be made immutable)`,
      path,
    })
  }
  if (Object.getOwnPropertySymbols(value).length > 0)
    throw coreError('copy.unsendable', { what: 'an object with symbol keys', path })
  const sparse = Array.isArray(value) ? asSparse(value) : null
  if (sparse !== null) throw coreError('copy.unsendable', { what: sparse, path })
  above.add(value)
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    if (key === '__proto__' || descriptor.get !== undefined || descriptor.set !== undefined) {
      throw coreError('copy.unsendable', { what: 'an accessor or a __proto__ key', path: `${path}.${key}` })
    }
    freeze(descriptor.value, `${path}.${key}`, above)
  }
  above.delete(value)
  Object.freeze(value)
  known.add(value)
  some = true
}
