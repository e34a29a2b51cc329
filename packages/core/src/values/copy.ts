/**
 * One walk that validates and copies.
 *
 * Nothing is both shared and mutable: what is sent is a copy made at the moment of sending (Erlang copies between heaps). The
 * domain is null, booleans, numbers, bigints, strings, undefined, bytes, dates, arrays, plain objects, Maps, Sets, errors, pids, refs and requests, which become refs; anything else is refused with its
 * path, and nothing has been sent then. Pids, refs and what `immutable()` returned go by reference. What stands under symbol keys, or
 * is not enumerable, stays behind, as with structuredClone. Cost: some 20 ns for a small message.
 */
import { Pid } from '../identity/pid.ts'
import { Ref } from '../identity/ref.ts'
import { asValue, goesAsValue } from './as-value.ts'
import { copyBytes } from './hand-over.ts'
import { asSparse } from './holes.ts'
import { isImmutable } from './immutable.ts'
import { depthLimit, Refusal, refusalError, tooDeep, unsendable } from './refusal.ts'
import { Shapes } from './shapes.ts'

export { depthLimit } from './refusal.ts'

/**
 * A copy of `value` that shares nothing mutable with it.
 *
 * @throws `copy.unsendable` with the path of the first part that is not in the domain; `copy.too_deep` for cycles.
 */
export function copy<T>(value: T): T {
  if (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol') return value
  if (value === null) return value
  try {
    // Most messages are plain objects, and a call saved is a tenth of what a small one costs.
    if (Object.getPrototypeOf(value) === Object.prototype && !isImmutable(value as object))
      return shapes.copy(value as object, 1) as T
    return copyPart(value, 0) as T
  } catch (error) {
    throw error instanceof Refusal ? refusalError(error, value) : error
  }
}

function copyPart(value: unknown, depth: number): unknown {
  if (typeof value === 'object') return value === null ? null : copyObject(value, depth)
  if (typeof value === 'function' || typeof value === 'symbol') throw unsendable(value)
  return value
}

function copyObject(value: object, depth: number): unknown {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Pid.prototype || prototype === Ref.prototype || isImmutable(value)) return value
  if (depth > depthLimit) throw tooDeep()
  if (prototype === Object.prototype) return shapes.copy(value, depth + 1)
  if (prototype === null) return shapes.copy(value, depth + 1)
  if (prototype === Array.prototype) return copyArray(value as unknown[], depth + 1)
  return copySpecial(value, prototype, depth + 1)
}

const shapes = new Shapes(copyPart, copyByKey)

/** What has more is watched while it is copied: a cycle through it would take a copy of it for each level down to the limit. */
const manyParts = 1024
const watched = new Set<object>()

/** Copies the parts of what must not be among them itself. */
function once<T>(value: object, copyParts: () => T): T {
  if (watched.has(value)) throw tooDeep()
  watched.add(value)
  try {
    return copyParts()
  } finally {
    watched.delete(value)
  }
}

function copyByKey(value: object, depth: number): object {
  // The spread keeps the shape of the source, which is faster than building it key by key.
  const made: Record<string | symbol, unknown> = { ...value }
  for (const key of Object.getOwnPropertySymbols(made)) delete made[key]
  const keys = Object.keys(made)
  return keys.length > manyParts ? once(value, () => copyKeys(made, keys, depth)) : copyKeys(made, keys, depth)
}

function copyKeys(made: Record<string, unknown>, keys: readonly string[], depth: number): object {
  for (const key of keys) {
    const part = made[key]
    if (typeof part === 'object' ? part !== null : typeof part === 'function' || typeof part === 'symbol')
      made[key] = copyPart(part, depth)
    if (key === '__proto__') throw unsendable(made, 'a key named __proto__')
  }
  return made
}

function copyArray(value: unknown[], depth: number): unknown {
  return value.length > manyParts ? once(value, () => copyLongArray(value, depth)) : copyItems(value, depth)
}

function copyLongArray(value: unknown[], depth: number): unknown {
  const sparse = asSparse(value)
  if (sparse !== null) throw unsendable(value, sparse)
  return copyItems(value, depth)
}

function copyItems(value: unknown[], depth: number): unknown {
  const made = value.slice()
  for (let i = 0; i < made.length; i++) {
    const part = made[i]
    if (typeof part === 'object' ? part !== null : typeof part === 'function' || typeof part === 'symbol')
      made[i] = copyPart(part, depth)
  }
  return made
}

function copySpecial(value: object, prototype: unknown, depth: number): unknown {
  if (value instanceof Pid || value instanceof Ref) return value
  if (value instanceof Uint8Array) return copyBytes(value)
  if (value instanceof Date) return new Date(value.getTime())
  if (value instanceof Error) return copyError(value, depth)
  if (value instanceof Map && prototype === Map.prototype)
    return value.size > manyParts ? once(value, () => copyMap(value, depth)) : copyMap(value, depth)
  if (value instanceof Set && prototype === Set.prototype)
    return value.size > manyParts ? once(value, () => copySet(value, depth)) : copySet(value, depth)
  if (goesAsValue(value)) return value[asValue]()
  throw unsendable(value)
}

function copyMap(value: ReadonlyMap<unknown, unknown>, depth: number): unknown {
  const made = new Map<unknown, unknown>()
  for (const [key, part] of value) made.set(copyPart(key, depth), copyPart(part, depth))
  return made
}

function copySet(value: ReadonlySet<unknown>, depth: number): unknown {
  const made = new Set<unknown>()
  for (const part of value) made.add(copyPart(part, depth))
  return made
}

/** Errors travel by name, message, stack, code and cause; the class stays behind, as across the wire. */
function copyError(value: Error, depth: number): Error {
  const made = new Error(String(value.message))
  const define = (key: string, part: unknown) =>
    Object.defineProperty(made, key, { value: part, writable: true, configurable: true, enumerable: false })
  define('name', String(value.name))
  define('stack', typeof value.stack === 'string' ? value.stack : `${value.name}: ${value.message}`)
  if (value.cause !== undefined) define('cause', copyPart(value.cause, depth))
  const { code } = value as { code?: unknown }
  if (typeof code === 'string' || typeof code === 'number') define('code', code)
  return made
}
