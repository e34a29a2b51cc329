/**
 * What can be read of a value without running its code: accessors are named and not called, and Maps, dates and bytes
 * are read by the methods of the language, whatever their classes put in the place of these.
 *
 * A Proxy cannot be told from what it stands for, so its traps do run; whoever reads expects that they throw.
 */
import { AgnerError } from '@agner/core'

/** Stands for a property that has code in the place of a value. */
export const accessor: unique symbol = Symbol('accessor')

/** An own property. */
export function own(value: object, key: string | number): unknown {
  const property = Object.getOwnPropertyDescriptor(value, key)
  return property === undefined ? undefined : 'value' in property ? property.value : accessor
}

/** A property that may be inherited. */
function found(value: object, key: string): unknown {
  for (let at: object | null = value; at !== null; at = Object.getPrototypeOf(at) as object | null)
    if (Object.hasOwn(at, key)) return own(at, key)
  return undefined
}

function getter<T>(prototype: object, key: string): (value: object) => T {
  const get = Object.getOwnPropertyDescriptor(prototype, key)!.get! as (this: object) => T
  return (value) => get.call(value)
}

const { entries } = Map.prototype
const { values } = Set.prototype
const { getTime, toISOString } = Date.prototype

export const sizeOfMap: (value: object) => number = getter(Map.prototype, 'size')
export const sizeOfSet: (value: object) => number = getter(Set.prototype, 'size')
const bytesOfBuffer: (value: object) => number = getter(ArrayBuffer.prototype, 'byteLength')
const bytesOfView: (value: object) => number = getter(DataView.prototype, 'byteLength')
const bytesOfArray: (value: object) => number = getter(Object.getPrototypeOf(Uint8Array.prototype), 'byteLength')

export function firstOfMap(map: ReadonlyMap<unknown, unknown>, limit: number): (readonly [unknown, unknown])[] {
  return firstOf(entries.call(map) as Iterable<[unknown, unknown]>, limit)
}

export function firstOfSet(set: ReadonlySet<unknown>, limit: number): unknown[] {
  return firstOf(values.call(set) as Iterable<unknown>, limit)
}

function firstOf<T>(all: Iterable<T>, limit: number): T[] {
  const first: T[] = []
  for (const value of all) {
    if (first.length >= limit) break
    first.push(value)
  }
  return first
}

export function dateText(value: Date): string {
  return Number.isNaN(getTime.call(value)) ? 'an invalid date' : toISOString.call(value)
}

/** Null for what holds no bytes. */
export function bytesText(value: object): string | null {
  if (value instanceof ArrayBuffer) return `ArrayBuffer(${bytesOfBuffer(value)} bytes)`
  if (!ArrayBuffer.isView(value)) return null
  const bytes = value instanceof DataView ? bytesOfView(value) : bytesOfArray(value)
  return `${classOf(value).trimEnd() || 'bytes'}(${bytes} bytes)`
}

/** Of an instance the name of its class, and a space. */
export function classOf(value: object): string {
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === null || prototype === Object.prototype) return ''
  const made = own(prototype, 'constructor')
  const name = typeof made === 'function' ? own(made, 'name') : undefined
  return typeof name === 'string' && name !== 'Object' ? `${cut(name, 100)} ` : ''
}

export function errorText(error: Error): string {
  const text = (key: string, otherwise: string): string => {
    const value = found(error, key)
    return typeof value === 'string' ? value : value === accessor ? '[accessor]' : otherwise
  }
  const code = error instanceof AgnerError ? ` [${text('code', '')}]` : ''
  return `${cut(text('name', 'Error'), 100)}${code}: ${cut(text('message', ''), 300)}`
}

const large = 2n ** 1024n

/** The digits of a number take the square of their count. */
export function bigintText(value: bigint): string {
  return value > -large && value < large ? `${value}n` : '[a large bigint]'
}

export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`
}

/** A key as it would be written. */
export function nameOf(key: string): string {
  const short = cut(key, 100)
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*…?$/u.test(short) ? short : JSON.stringify(short)
}
