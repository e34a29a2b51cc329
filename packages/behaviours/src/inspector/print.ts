/**
 * Values as lines of text for an operator: near to how they would be written, and bounded in depth, entries and bytes.
 *
 * Pure. No code of the value runs: accessors are named and not read, and nothing is asked how it wants to be shown.
 */
import { AgnerError, Pid, Ref } from '@agner/core'

export interface PrintLimits {
  readonly depth: number
  /** Entries of one array, object, Map or Set. */
  readonly entries: number
  readonly stringLength: number
  /** Characters of all lines together. */
  readonly length: number
}

export const printLimits: PrintLimits = { depth: 8, entries: 50, stringLength: 500, length: 16_384 }

/** What fits into so many characters stands on one line. */
const lineLength = 76

export function printLines(value: unknown, limits: Partial<PrintLimits> = {}): string[] {
  const all = { ...printLimits, ...limits }
  return cutLines(new Printer(all).lines(value, 0), all.length)
}

/** On one line, cut off at `length`. */
export function printLine(value: unknown, length = 200): string {
  const text = new Printer({ depth: 4, entries: 10, stringLength: length, length }).flat(value, 0)
  return cut(text, length)
}

function cutLines(lines: readonly string[], length: number): string[] {
  let left = length
  const kept: string[] = []
  for (const line of lines) {
    left -= line.length + 1
    if (left < 0) return [...kept, `… (${lines.length - kept.length} more lines)`]
    kept.push(line)
  }
  return kept
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`
}

interface Group {
  readonly open: string
  readonly close: string
  /** Prefix and value of each entry. */
  readonly entries: readonly (readonly [prefix: string, value: unknown])[]
  /** How many were left out. */
  readonly left: number
}

/** A property that has code in the place of a value. */
const accessor = Symbol('accessor')

class Printer {
  readonly #limits: PrintLimits
  /** The values around the present one: a circle ends here. */
  readonly #around: unknown[] = []
  #budget: number

  constructor(limits: PrintLimits) {
    this.#limits = limits
    // What is written and not kept costs too: a wide value ends when enough is there.
    this.#budget = limits.length * 4
  }

  lines(value: unknown, depth: number): string[] {
    const group = this.#group(value, depth)
    if (typeof group === 'string') return [group]
    const budget = this.#budget
    const flat = this.#write(group, value, depth)
    if (flat.length <= lineLength - 2 * depth) return [flat]
    this.#budget = budget
    this.#around.push(value)
    const inner = group.entries.flatMap(([prefix, entry], index) => {
      if (this.#budget <= 0) return index === group.entries.length - 1 ? ['  …'] : []
      const [first = '', ...rest] = this.lines(entry, depth + 1)
      const lines = [`  ${prefix}${first}`, ...rest.map((line) => `  ${line}`)]
      lines[lines.length - 1] += ','
      return lines
    })
    this.#around.pop()
    return [group.open, ...inner, ...(group.left > 0 ? [`  … ${group.left} more`] : []), group.close]
  }

  flat(value: unknown, depth: number): string {
    const group = this.#group(value, depth)
    return typeof group === 'string' ? group : this.#write(group, value, depth)
  }

  #write({ open, close, entries, left }: Group, value: unknown, depth: number): string {
    this.#around.push(value)
    const parts: string[] = []
    for (const [prefix, entry] of entries) {
      if (this.#budget <= 0) {
        parts.push('…')
        break
      }
      const part = prefix + this.flat(entry, depth + 1)
      this.#budget -= part.length
      parts.push(part)
    }
    this.#around.pop()
    if (left > 0) parts.push(`… ${left} more`)
    if (parts.length === 0) return open + close
    return open.endsWith('[') || open.endsWith('(')
      ? open + parts.join(', ') + close
      : `${open} ${parts.join(', ')} ${close}`
  }

  #group(value: unknown, depth: number): string | Group {
    if (value === accessor) return '[accessor]'
    if (typeof value === 'string') return JSON.stringify(cut(value, this.#limits.stringLength))
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value === 'function') return '[function]'
    if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value)
    if (value instanceof Pid || value instanceof Ref) return String(value)
    if (this.#around.includes(value)) return '[circle]'
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid date' : value.toISOString()
    if (value instanceof Error) return printError(value)
    if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${value.byteLength} bytes)`
    if (depth >= this.#limits.depth) return Array.isArray(value) ? `[… ${value.length}]` : '{…}'
    return this.#open(value)
  }

  #open(value: object): Group {
    const { entries: limit } = this.#limits
    if (Array.isArray(value))
      return group(
        '[',
        ']',
        Array.from({ length: Math.min(limit, value.length) }, (_, at) => ['', own(value, at)]),
        value.length,
      )
    if (value instanceof Map) {
      const some = firstOf(value, limit).map(
        ([key, each]) => [`${this.flat(key, this.#limits.depth - 1)} → `, each] as const,
      )
      return group(`Map(${value.size}) {`, '}', some, value.size)
    }
    if (value instanceof Set)
      return group(
        `Set(${value.size}) {`,
        '}',
        firstOf(value, limit).map((each) => ['', each]),
        value.size,
      )
    const keys = Object.keys(value)
    const some = keys.slice(0, limit).map((key) => [`${nameOf(key)}: `, own(value, key)] as const)
    return group(`${classOf(value)}{`, '}', some, keys.length)
  }
}

function group(open: string, close: string, entries: Group['entries'], total: number): Group {
  return { open, close, entries, left: total - entries.length }
}

function own(value: object, key: string | number): unknown {
  const property = Object.getOwnPropertyDescriptor(value, key)
  return property === undefined ? undefined : 'value' in property ? property.value : accessor
}

function firstOf<T>(values: Iterable<T>, limit: number): T[] {
  const first: T[] = []
  for (const value of values) {
    if (first.length >= limit) break
    first.push(value)
  }
  return first
}

function nameOf(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? key : JSON.stringify(cut(key, 100))
}

/** Of an instance the name of its class. */
function classOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return ''
  const made = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value as
    | { readonly name?: unknown }
    | undefined
  return typeof made?.name === 'string' && made.name !== 'Object' ? `${made.name} ` : ''
}

function printError(error: Error): string {
  const code = error instanceof AgnerError ? ` [${error.code}]` : ''
  return `${error.name}${code}: ${cut(error.message, 300)}`
}
