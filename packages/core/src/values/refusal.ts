/**
 * What cannot be sent, and where it stands.
 *
 * The copy itself keeps no path, since almost nothing is refused. When something is, a second walk looks for the place.
 */
import { coreError, type AgnerError } from '../errors.ts'
import { Pid } from '../identity/pid.ts'
import { Ref } from '../identity/ref.ts'
import { goesAsValue } from './as-value.ts'

/** How deep a value may nest; beyond it there is a cycle, or data that no decoder should be asked to follow. */
export const depthLimit = 500

/** Thrown inside a copy. */
export class Refusal {
  readonly code: 'copy.unsendable' | 'copy.too_deep'
  readonly what: string
  readonly part: unknown

  constructor(code: Refusal['code'], what: string, part: unknown) {
    this.code = code
    this.what = what
    this.part = part
  }
}

export function tooDeep(): Refusal {
  return new Refusal('copy.too_deep', 'a cycle', undefined)
}

/** @param what for what only this place of the code knows to be refused. */
export function unsendable(part: unknown, what: string = nameOf(part)): Refusal {
  return new Refusal('copy.unsendable', what, part)
}

/** The error for a copy of `value` that ended with a refusal. */
export function refusalError({ code, what, part }: Refusal, value: unknown): AgnerError {
  return coreError(code, { what, path: `$${placeIn(value, part, []) ?? ''}`, limit: depthLimit })
}

/** The beginning of a long way says enough. */
const longestPath = 120

/**
 * Where the first part stands that is refused, or that a cycle comes back to; undefined if all is well, as after a getter that says something else each time.
 */
function placeIn(value: unknown, refused: unknown, above: readonly object[]): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return ''
  if (typeof value !== 'object' || value === null || value instanceof Pid || value instanceof Ref || goesAsValue(value))
    return undefined
  if (value === refused || above.length > depthLimit || above.includes(value)) return ''
  const way = [...above, value]
  for (const [step, part] of partsOf(value)) {
    const place = placeIn(part, refused, way)
    if (place !== undefined) return `${step}${place}`.slice(0, longestPath)
  }
  return isContainer(value) ? undefined : ''
}

function isContainer(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return !Object.hasOwn(value, '__proto__')
  if (value instanceof Uint8Array) return !isShared(value)
  if (value instanceof Date || value instanceof Error) return true
  return prototype === Array.prototype || prototype === Map.prototype || prototype === Set.prototype
}

function* partsOf(value: object): Generator<[step: string, part: unknown]> {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) {
    for (const key of Object.keys(value)) yield [`.${key}`, (value as Record<string, unknown>)[key]]
  } else if (prototype === Array.prototype) {
    for (const [i, part] of (value as unknown[]).entries()) yield [`[${i}]`, part]
  } else if (prototype === Map.prototype) {
    for (const [key, part] of value as Map<unknown, unknown>) {
      yield ['.keys()', key]
      yield [`.get(${keyText(key)})`, part]
    }
  } else if (prototype === Set.prototype) {
    for (const part of value as Set<unknown>) yield ['.values()', part]
  } else if (value instanceof Error) yield ['.cause', value.cause]
}

export function isShared(value: Uint8Array): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && value.buffer instanceof SharedArrayBuffer
}

function keyText(key: unknown): string {
  return typeof key === 'object' && key !== null ? '…' : String(key)
}

function nameOf(value: unknown): string {
  if (typeof value === 'function') return `a function (${value.name || 'anonymous'})`
  if (typeof value === 'symbol') return 'a symbol'
  const name = (value as object).constructor?.name
  if (value instanceof Promise) return 'a Promise (await it first)'
  return name === undefined || name === 'Object' ? 'an object with a foreign prototype' : `an instance of ${name}`
}
