/**
 * Values as lines of text for an operator: near to how they would be written, and bounded in depth, entries and bytes.
 *
 * So is the work: an attempt to write a value on one line ends where the line does, all that is written is charged, kept
 * or not, and so is what is looked at. Two things cannot be had in part: the keys of one object (of a million, some half
 * a second; a Map of a million costs nothing), and what the traps of a Proxy do. No other code of a value runs, and one
 * that cannot be read says so in its place (`reading.ts`).
 */
import { Pid, Ref } from '@agner/core'
import {
  accessor,
  bigintText,
  bytesText,
  classOf,
  cut,
  dateText,
  errorText,
  firstOfMap,
  firstOfSet,
  nameOf,
  own,
  sizeOfMap,
  sizeOfSet,
} from './reading.ts'

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
/** With so many keys counted no further object is opened: they come all at once, and one after the other would add up. */
const keyLimit = 1_000_000
const unreadable = '[it cannot be read]'

export function printLines(value: unknown, limits: Partial<PrintLimits> = {}): string[] {
  const all = { ...printLimits, ...limits }
  const printer = new Printer(all)
  return cutLines(printer.lines(value, 0), all.length, printer.isSpent)
}

/** On one line, cut off at `length`. */
export function printLine(value: unknown, length = 200): string {
  const line = new Line(length)
  new Printer({ depth: 4, entries: 10, stringLength: length, length }).flat(value, 0, line)
  return cut(line.text, length)
}

/** What a process is labelled with, which may be any value. */
export function labelText(label: unknown): string | null {
  if (label === null) return null
  return typeof label === 'string' ? cut(label, 200) : printLine(label)
}

function cutLines(lines: readonly string[], length: number, isSpent: boolean): string[] {
  let left = length
  const kept: string[] = []
  for (const line of lines) {
    left -= line.length + 1
    if (left < 0) return [...kept, `… (${isSpent ? 'at least ' : ''}${lines.length - kept.length} more lines)`]
    kept.push(line)
  }
  return kept
}

/** A line that is written until it is full. */
class Line {
  text = ''
  readonly #width: number

  constructor(width: number) {
    this.#width = width
  }

  /** False once there is no room left; what was too long stays, so that it can be cut. */
  put(text: string): boolean {
    this.text += text
    return this.text.length <= this.#width
  }
}

interface Group {
  readonly open: string
  readonly close: string
  /** The entries that are shown: what stands before the value, and the value. Each is read when it is written. */
  readonly shown: number
  readonly entry: (at: number) => readonly [prefix: string, value: unknown]
  /** How many were left out. */
  readonly left: number
}

interface Keys {
  readonly first: readonly string[]
  readonly total: number
}

class Printer {
  readonly #limits: PrintLimits
  /** The values around the present one: a circle ends here. */
  readonly #around: unknown[] = []
  /** Of objects with many: a value is opened once for each line that it might have stood on. */
  readonly #keys = new Map<object, Keys>()
  #keysLeft = keyLimit
  #budget: number

  constructor(limits: PrintLimits) {
    this.#limits = limits
    // What is written and not kept costs too: a wide value ends when enough is there.
    this.#budget = limits.length * 4
  }

  get isSpent(): boolean {
    return this.#budget <= 0
  }

  lines(value: unknown, depth: number): string[] {
    const group = this.#group(value, depth)
    if (typeof group === 'string') return [this.#charged(group, depth)]
    const line = new Line(lineLength - 2 * depth)
    const isFlat = this.#write(group, value, depth, line)
    this.#charged(line.text, depth)
    if (isFlat) return [line.text]
    this.#around.push(value)
    const inner: string[] = []
    for (let at = 0; at < group.shown; at++) {
      if (this.isSpent) {
        inner.push('  …')
        break
      }
      const [prefix, entry] = this.#entry(group, at)
      const lines = this.lines(entry, depth + 1)
      lines[0] = this.#charged(prefix, 0) + lines[0]!
      for (let index = 0; index < lines.length; index++) lines[index] = `  ${lines[index]!}`
      lines[lines.length - 1] += ','
      for (const each of lines) inner.push(each)
    }
    this.#around.pop()
    return [group.open, ...inner, ...(group.left > 0 ? [`  … ${group.left} more`] : []), group.close]
  }

  /** Writes it on a line; false as soon as that is full. */
  flat(value: unknown, depth: number, line: Line): boolean {
    const group = this.#group(value, depth)
    return typeof group === 'string' ? line.put(group) : this.#write(group, value, depth, line)
  }

  #write(group: Group, value: unknown, depth: number, line: Line): boolean {
    const { open, close, shown, left } = group
    const space = open.endsWith('[') || open.endsWith('(') || (shown === 0 && left === 0) ? '' : ' '
    if (!line.put(open + space)) return false
    this.#around.push(value)
    let fits = true
    for (let at = 0; fits && at < shown; at++) {
      const [prefix, entry] = this.#entry(group, at)
      fits = line.put(at === 0 ? prefix : `, ${prefix}`) && this.flat(entry, depth + 1, line)
    }
    this.#around.pop()
    return fits && line.put(left > 0 ? `${shown > 0 ? ', ' : ''}… ${left} more` : '') && line.put(space + close)
  }

  #charged(text: string, depth: number): string {
    this.#budget -= text.length + 2 * depth + 1
    return text
  }

  #entry(group: Group, at: number): readonly [prefix: string, value: unknown] {
    this.#budget--
    try {
      return group.entry(at)
    } catch {
      return ['', unread]
    }
  }

  #group(value: unknown, depth: number): string | Group {
    if (value === accessor) return '[accessor]'
    if (value === unread) return unreadable
    if (typeof value === 'string') return JSON.stringify(cut(value, this.#limits.stringLength))
    if (typeof value === 'bigint') return bigintText(value)
    if (typeof value === 'function') return '[function]'
    if (typeof value === 'symbol') return cut(String(value), this.#limits.stringLength)
    if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value)
    if (this.#around.includes(value)) return '[circle]'
    try {
      return this.#object(value, depth)
    } catch {
      return unreadable
    }
  }

  #object(value: object, depth: number): string | Group {
    if (value instanceof Pid || value instanceof Ref) return String(value)
    if (value instanceof Date) return dateText(value)
    if (value instanceof Error) return errorText(value)
    const bytes = bytesText(value)
    if (bytes !== null) return bytes
    if (depth >= this.#limits.depth) return Array.isArray(value) ? `[… ${value.length}]` : '{…}'
    return this.#open(value)
  }

  #open(value: object): Group | string {
    const { entries: limit } = this.#limits
    if (Array.isArray(value))
      return group('[', ']', Math.min(limit, value.length), value.length, (at) => ['', own(value, at)])
    if (value instanceof Map) {
      const first = firstOfMap(value, limit)
      const size = sizeOfMap(value)
      return group(`Map(${size}) {`, '}', first.length, size, (at) => [`${this.#key(first[at]![0])} → `, first[at]![1]])
    }
    if (value instanceof Set) {
      const first = firstOfSet(value, limit)
      const size = sizeOfSet(value)
      return group(`Set(${size}) {`, '}', first.length, size, (at) => ['', first[at]])
    }
    const keys = this.#keysOf(value)
    if (keys === null) return '{…}'
    const { first, total } = keys
    return group(`${classOf(value)}{`, '}', first.length, total, (at) => [
      `${nameOf(first[at]!)}: `,
      own(value, first[at]!),
    ])
  }

  /** Of a Map: what stands before the value is no place for more than one level. */
  #key(key: unknown): string {
    const line = new Line(lineLength)
    this.flat(key, this.#limits.depth - 1, line)
    return cut(line.text, Math.max(lineLength, this.#limits.stringLength))
  }

  /** Null when it would be too much. */
  #keysOf(value: object): Keys | null {
    const known = this.#keys.get(value)
    if (known !== undefined) return known
    if (this.#keysLeft <= 0) return null
    const all = Object.keys(value)
    const found = { first: all.slice(0, this.#limits.entries), total: all.length }
    if (all.length > this.#limits.entries) {
      this.#keysLeft -= all.length
      this.#keys.set(value, found)
    }
    return found
  }
}

/** Stands for an entry that cannot be read. */
const unread = Symbol('unread')

function group(open: string, close: string, shown: number, total: number, entry: Group['entry']): Group {
  return { open, close, shown, entry, left: total - shown }
}
