/** Judges values that came from a peer: are they what they seem, and are two the same? */
import { Pid, Ref } from '../../../packages/core/src/index.ts'

const kinds: readonly { readonly prototype: object }[] = [Object, Array, Map, Set, Uint8Array, Date, Error, Pid, Ref]
const allowed = new Set<object | null>(kinds.map(({ prototype }) => prototype))
const pristine = kinds.map(({ prototype }) => ({ prototype, keys: Reflect.ownKeys(prototype).length }))

/** What is wrong with a value's prototypes; null when nothing is. */
export function pollution(value: unknown): string | null {
  for (const key in Object.prototype) return `every object has a key ${key}`
  return below(value)
}

/** The same for everybody's prototypes, with keys that are not enumerable. */
export function pollutionOfAll(): string | null {
  const changed = pristine.find(({ prototype, keys }) => Reflect.ownKeys(prototype).length !== keys)
  return changed === undefined ? null : 'a prototype has other keys than before'
}

function below(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null
  if (!allowed.has(Object.getPrototypeOf(value) as object | null)) return 'a value has a prototype of its own'
  if (value instanceof Pid || value instanceof Ref || ArrayBuffer.isView(value)) return null
  if (Object.hasOwn(value, '__proto__')) return 'a value has a key __proto__'
  for (const part of partsOf(value)) {
    const wrong = below(part)
    if (wrong !== null) return wrong
  }
  return null
}

function partsOf(value: object): unknown[] {
  if (Array.isArray(value)) return value
  if (value instanceof Set) return [...value]
  if (value instanceof Map) return [...value].flat(1)
  if (value instanceof Error) return [value.cause]
  return Object.values(value)
}

/** Whether two values are the same; 0 is −0, since that does not cross the wire. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b || Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Pid || a instanceof Ref) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime())
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array) === 0
  if (a instanceof Error) return sameErrors(a, b as Error)
  const [ours, theirs] = [partsOf(a), partsOf(b)]
  if (ours.length !== theirs.length || !ours.every((part, at) => same(part, theirs[at]))) return false
  return (
    a instanceof Map || a instanceof Set || Array.isArray(a) || Object.keys(a).join('\0') === Object.keys(b).join('\0')
  )
}

function sameErrors(a: Error, b: Error): boolean {
  const code = (error: Error): unknown => (error as { code?: unknown }).code
  return (
    a.name === b.name && a.message === b.message && a.stack === b.stack && code(a) === code(b) && same(a.cause, b.cause)
  )
}

/** A value's kind and those of its first parts: enough to tell the places in a reader apart. */
export function kindOf(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || value === null) return typeof value
  const { name } = (Object.getPrototypeOf(value) as { constructor: { name: string } }).constructor
  if (depth === 2 || value instanceof Pid || value instanceof Ref || ArrayBuffer.isView(value)) return name
  return `${name}(${partsOf(value)
    .slice(0, 2)
    .map((part) => kindOf(part, depth + 1))
    .join()})`
}
