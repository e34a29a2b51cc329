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

type Path = () => string

const root: Path = () => '$'

/**
 * A copy of `value` that shares nothing mutable with it.
 *
 * @throws `copy.unsendable` with the path of the first part that is not in the domain; `copy.too_deep` for cycles.
 */
export function copy<T>(value: T): T {
  if (typeof value !== 'object') {
    if (typeof value === 'function' || typeof value === 'symbol') throw unsendable(value, root)
    return value
  }
  if (value === null) return value
  return copyObject(value, root, 0) as T
}

function copyPart(value: unknown, path: Path, depth: number): unknown {
  if (typeof value !== 'object') {
    if (typeof value === 'function' || typeof value === 'symbol') throw unsendable(value, path)
    return value
  }
  if (value === null) return value
  return copyObject(value, path, depth)
}

function copyObject(value: object, path: Path, depth: number): unknown {
  if (depth > depthLimit) throw coreError('copy.too_deep', { limit: depthLimit, path: path().slice(0, 120) })
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null)
    return copyPlain(value as Record<string, unknown>, path, depth)
  if (prototype === Array.prototype) return copyArray(value as unknown[], path, depth)
  if (prototype === Pid.prototype || prototype === Ref.prototype) return value
  return copySpecial(value, path, depth)
}

function copyPlain(value: Record<string, unknown>, path: Path, depth: number): unknown {
  if (Object.isFrozen(value) && isImmutable(value)) return value
  // The spread keeps the shape of the source, which makes the copy several times faster than building it key by key.
  const made: Record<string, unknown> = { ...value }
  if (Object.getOwnPropertySymbols(made).length > 0) throw unsendable('an object with symbol keys', path)
  for (const key in made) {
    const part = made[key]
    if (typeof part === 'object') {
      if (part !== null) made[key] = copyObject(part, () => `${path()}.${key}`, depth + 1)
    } else if (typeof part === 'function' || typeof part === 'symbol') throw unsendable(part, () => `${path()}.${key}`)
    if (key === '__proto__') throw unsendable('a key named __proto__', path)
  }
  return made
}

function copyArray(value: unknown[], path: Path, depth: number): unknown {
  if (Object.isFrozen(value) && isImmutable(value)) return value
  const made = value.slice()
  for (let i = 0; i < made.length; i++) {
    const part = made[i]
    if (typeof part === 'object' ? part !== null : typeof part === 'function' || typeof part === 'symbol') {
      made[i] = copyPart(part, () => `${path()}[${i}]`, depth + 1)
    }
  }
  return made
}

function copySpecial(value: object, path: Path, depth: number): unknown {
  if (value instanceof Pid || value instanceof Ref) return value
  if (value instanceof Uint8Array) return copyBytes(value, path)
  if (value instanceof Date) return new Date(value.getTime())
  if (value instanceof Error) return copyError(value, path, depth)
  if (value instanceof Map && Object.getPrototypeOf(value) === Map.prototype) {
    const made = new Map<unknown, unknown>()
    for (const [key, part] of value) {
      made.set(
        copyPart(key, () => `${path()}.keys()`, depth + 1),
        copyPart(part, () => `${path()}.get(${keyText(key)})`, depth + 1),
      )
    }
    return made
  }
  if (value instanceof Set && Object.getPrototypeOf(value) === Set.prototype) {
    const made = new Set<unknown>()
    for (const part of value) made.add(copyPart(part, () => `${path()}.values()`, depth + 1))
    return made
  }
  throw unsendable(value, path)
}

function copyBytes(value: Uint8Array, path: Path): Uint8Array {
  if (typeof SharedArrayBuffer !== 'undefined' && value.buffer instanceof SharedArrayBuffer) {
    throw unsendable('bytes over a SharedArrayBuffer', path)
  }
  // A Buffer becomes a plain Uint8Array: one kind of bytes arrives, whatever was sent, here and across the wire.
  return new Uint8Array(value)
}

/** Errors travel by name, message, stack, code and cause; the class stays behind, as across the wire. */
function copyError(value: Error, path: Path, depth: number): Error {
  if (isImmutable(value)) return value
  const made = new Error(String(value.message))
  const define = (key: string, part: unknown) =>
    Object.defineProperty(made, key, { value: part, writable: true, configurable: true, enumerable: false })
  define('name', String(value.name))
  define('stack', typeof value.stack === 'string' ? value.stack : `${value.name}: ${value.message}`)
  if (value.cause !== undefined)
    define(
      'cause',
      copyPart(value.cause, () => `${path()}.cause`, depth + 1),
    )
  const { code } = value as { code?: unknown }
  if (typeof code === 'string' || typeof code === 'number') define('code', code)
  return made
}

function keyText(key: unknown): string {
  return typeof key === 'object' && key !== null ? '…' : String(key)
}

function unsendable(value: unknown, path: Path): Error {
  return coreError('copy.unsendable', { what: nameOf(value), path: path() })
}

function nameOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'function') return `a function (${value.name || 'anonymous'})`
  if (typeof value === 'symbol') return 'a symbol'
  const name = (value as object).constructor?.name
  if (value instanceof Promise) return 'a Promise (await it first)'
  return name === undefined || name === 'Object' ? 'an object with a foreign prototype' : `an instance of ${name}`
}
