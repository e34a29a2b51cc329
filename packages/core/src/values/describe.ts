/**
 * A value on one line, for people: near to how it would be written, cut off where it would get long. It never throws, whatever it is given.
 */
import { Pid } from '../identity/pid.ts'
import { Ref } from '../identity/ref.ts'

const mostLevels = 6
const mostEntries = 20
const mostOfString = 500
const mostOfAll = 2000

export function describeValue(value: unknown): string {
  try {
    return cut(write(value, mostLevels), mostOfAll)
  } catch {
    return 'a value that cannot be shown'
  }
}

function write(value: unknown, levels: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(cut(value, mostOfString))
    case 'bigint':
      return `${value}n`
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'function':
      return '[a function]'
    case 'object':
      return value === null ? 'null' : writeObject(value, levels)
    default:
      return String(value)
  }
}

function writeObject(value: object, levels: number): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`
  if (value instanceof Pid || value instanceof Ref) return value.toString()
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid date' : value.toISOString()
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (levels === 0) return '…'
  const inner = (part: unknown): string => write(part, levels - 1)
  if (Array.isArray(value)) return `[${list(value, value.length, inner)}]`
  if (value instanceof Set) return `Set[${list(value, value.size, inner)}]`
  if (value instanceof Map) return `Map{${list(value, value.size, ([key, part]) => `${inner(key)}:${inner(part)}`)}}`
  const entries = Object.entries(value)
  return `{${list(entries, entries.length, ([key, part]) => `${JSON.stringify(key)}:${inner(part)}`)}}`
}

function list<T>(items: Iterable<T>, count: number, show: (item: T) => string): string {
  const shown: string[] = []
  for (const item of items) {
    if (shown.length === mostEntries) return `${shown.join(',')},… ${count - mostEntries} more`
    shown.push(show(item))
  }
  return shown.join(',')
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`
}
