/**
 * One walk that validates and copies.
 *
 * Nothing is both shared and mutable: what is sent is a copy made at the moment of sending (Erlang copies between heaps). The
 * domain is null, booleans, numbers, bigints, strings, undefined, bytes, dates, arrays, plain objects, Maps, Sets, errors, pids and refs; anything else is refused with its
 * path, and nothing has been sent then. Pids, refs and what `immutable()` returned go by reference. Cost: some 20 ns
 * for a small message.
 */
import { coreError } from '../errors.ts'
import { Pid } from '../identity/pid.ts'
import { Ref } from '../identity/ref.ts'
import { isImmutable } from './immutable.ts'

/** How deep a value may nest; beyond it there is a cycle, or data that no decoder should be asked to follow. */
export const depthLimit = 500

/** What was refused, and where: each level that it passes on its way out puts its part in front of the path. */
class Refusal {
  readonly code: 'copy.unsendable' | 'copy.too_deep'
  readonly what: string
  path = ''

  constructor(code: Refusal['code'], what: string) {
    this.code = code
    this.what = what
  }
}

/** Adds a step to the path of a refusal; anything else, a getter's error say, passes as it is. */
function inside(error: unknown, step: string): unknown {
  // Of a cycle the way out is as long as the way in: its beginning says enough.
  if (error instanceof Refusal) error.path = `${step}${error.path}`.slice(0, longestPath)
  return error
}

const longestPath = 120

/**
 * A copy of `value` that shares nothing mutable with it.
 *
 * @throws `copy.unsendable` with the path of the first part that is not in the domain; `copy.too_deep` for cycles.
 */
export function copy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function' || typeof value === 'symbol') throw toError(unsendable(value))
    return value
  }
  try {
    return copyObject(value, 0) as T
  } catch (error) {
    throw error instanceof Refusal ? toError(error) : error
  }
}

function toError({ code, what, path }: Refusal): Error {
  return coreError(code, { what, path: `$${path}`, limit: depthLimit })
}

function copyPart(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function' || typeof value === 'symbol') throw unsendable(value)
    return value
  }
  return copyObject(value, depth)
}

function copyObject(value: object, depth: number): unknown {
  if (depth > depthLimit) throw new Refusal('copy.too_deep', 'a cycle')
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return copyPlain(value as Record<string, unknown>, depth)
  if (prototype === Array.prototype) return copyArray(value as unknown[], depth)
  if (prototype === Pid.prototype || prototype === Ref.prototype) return value
  return copySpecial(value, depth)
}

function copyPlain(value: Record<string, unknown>, depth: number): unknown {
  if (Object.isFrozen(value) && isImmutable(value)) return value
  // The spread keeps the shape of the source, which makes the copy several times faster than building it key by key.
  const made: Record<string, unknown> = { ...value }
  if (Object.getOwnPropertySymbols(made).length > 0) throw unsendable('an object with symbol keys')
  let at = ''
  try {
    for (const key in made) {
      const part = made[key]
      if (typeof part === 'object') {
        at = key
        if (part !== null) made[key] = copyObject(part, depth + 1)
      } else if (typeof part === 'function' || typeof part === 'symbol') {
        at = key
        throw unsendable(part)
      }
      if (key === '__proto__') {
        at = key
        throw unsendable('a key named __proto__')
      }
    }
  } catch (error) {
    throw inside(error, `.${at}`)
  }
  return made
}

function copyArray(value: unknown[], depth: number): unknown {
  if (Object.isFrozen(value) && isImmutable(value)) return value
  const made = value.slice()
  let i = 0
  try {
    for (; i < made.length; i++) {
      const part = made[i]
      if (typeof part === 'object' ? part !== null : typeof part === 'function' || typeof part === 'symbol') {
        made[i] = copyPart(part, depth + 1)
      }
    }
  } catch (error) {
    throw inside(error, `[${i}]`)
  }
  return made
}

function copySpecial(value: object, depth: number): unknown {
  if (value instanceof Pid || value instanceof Ref) return value
  if (value instanceof Uint8Array) return copyBytes(value)
  if (value instanceof Date) return new Date(value.getTime())
  if (value instanceof Error) return copyError(value, depth)
  if (value instanceof Map && Object.getPrototypeOf(value) === Map.prototype) return copyMap(value, depth)
  if (value instanceof Set && Object.getPrototypeOf(value) === Set.prototype) {
    const made = new Set<unknown>()
    for (const part of value) made.add(copyAt(part, '.values()', depth))
    return made
  }
  throw unsendable(value)
}

function copyMap(value: ReadonlyMap<unknown, unknown>, depth: number): Map<unknown, unknown> {
  const made = new Map<unknown, unknown>()
  for (const [key, part] of value) {
    made.set(copyAt(key, '.keys()', depth), copyAt(part, `.get(${keyText(key)})`, depth))
  }
  return made
}

function copyAt(part: unknown, step: string, depth: number): unknown {
  try {
    return copyPart(part, depth + 1)
  } catch (error) {
    throw inside(error, step)
  }
}

function copyBytes(value: Uint8Array): Uint8Array {
  if (typeof SharedArrayBuffer !== 'undefined' && value.buffer instanceof SharedArrayBuffer) {
    throw unsendable('bytes over a SharedArrayBuffer')
  }
  // A Buffer becomes a plain Uint8Array: one kind of bytes arrives, whatever was sent, here and across the wire.
  return new Uint8Array(value)
}

/** Errors travel by name, message, stack, code and cause; the class stays behind, as across the wire. */
function copyError(value: Error, depth: number): Error {
  if (isImmutable(value)) return value
  const made = new Error(String(value.message))
  const define = (key: string, part: unknown) =>
    Object.defineProperty(made, key, { value: part, writable: true, configurable: true, enumerable: false })
  define('name', String(value.name))
  define('stack', typeof value.stack === 'string' ? value.stack : `${value.name}: ${value.message}`)
  if (value.cause !== undefined) define('cause', copyAt(value.cause, '.cause', depth))
  const { code } = value as { code?: unknown }
  if (typeof code === 'string' || typeof code === 'number') define('code', code)
  return made
}

function keyText(key: unknown): string {
  return typeof key === 'object' && key !== null ? '…' : String(key)
}

function unsendable(value: unknown): Refusal {
  return new Refusal('copy.unsendable', nameOf(value))
}

function nameOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'function') return `a function (${value.name || 'anonymous'})`
  if (typeof value === 'symbol') return 'a symbol'
  const name = (value as object).constructor?.name
  if (value instanceof Promise) return 'a Promise (await it first)'
  return name === undefined || name === 'Object' ? 'an object with a foreign prototype' : `an instance of ${name}`
}
