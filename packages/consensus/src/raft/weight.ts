/** About how many bytes a value takes on the wire: enough to keep a message below what a connection takes, no more. Pure. */
import { Pid, Ref } from '@agner/core'
import type { Entry } from './interface.ts'

/** What each value costs besides what is in it. */
const ownBytes = 9
/** A pid or ref names its node. */
const nameBytes = 32

/** What an entry has besides its command, without the name of its session. */
const entryBytes = 96

export function weighEntry(entry: Entry, mostBytes: number): number {
  switch (entry.type) {
    case 'command':
      return entryBytes + (entry.request?.session.length ?? 0) + weigh(entry.command, mostBytes)
    case 'configuration':
      return entryBytes + weigh(entry.configuration, mostBytes)
    case 'nothing':
      return entryBytes
  }
}

/** Looks at no more than `mostBytes` take: what is larger counts as so much. */
function weigh(value: unknown, mostBytes: number): number {
  if (typeof value !== 'object' || value === null) {
    return Math.min(ownBytes + lengthOf(value), mostBytes)
  }
  const waiting: unknown[] = [value]
  let bytes = 0
  while (waiting.length > 0 && bytes < mostBytes) {
    const next = waiting.pop()
    bytes += ownBytes
    if (typeof next !== 'object' || next === null) bytes += lengthOf(next)
    else if (ArrayBuffer.isView(next)) bytes += next.byteLength
    else if (Array.isArray(next) || next instanceof Set) for (const one of next) waiting.push(one)
    else if (next instanceof Map) for (const [key, one] of next) waiting.push(key, one)
    else if (next instanceof Error) waiting.push(next.name, next.message, next.stack, next.cause)
    else if (next instanceof Pid || next instanceof Ref) bytes += nameBytes + next.node.length
    else for (const key of Object.keys(next)) waiting.push(key, (next as Readonly<Record<string, unknown>>)[key])
  }
  return Math.min(bytes, mostBytes)
}

/** Of a text or a large whole number. */
function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  return typeof value === 'bigint' ? value.toString(16).length / 2 : 0
}
