/**
 * Any value as JSON can have it, bounded: pids and refs as text, errors with their stack, what is too deep or too much cut
 * off. It never throws, whatever it is given.
 */
import { describeReason, Pid, Ref, type ExitReason } from '@agner/core'

const mostLevels = 8
const mostEntries = 100

export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain }

export function toPlain(value: unknown): Plain {
  try {
    return write(value, mostLevels)
  } catch {
    return 'a value that cannot be shown'
  }
}

function write(value: unknown, levels: number): Plain {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value !== 'object') return typeof value === 'function' ? '[a function]' : String(value as bigint | symbol)
  if (value instanceof Pid || value instanceof Ref) return String(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid date' : value.toISOString()
  if (value instanceof Error) return writeError(value, levels)
  if (ArrayBuffer.isView(value) || levels === 0) return describeReason(value as unknown as ExitReason)
  if (value instanceof Map)
    return cut([...value].map(([key, part]) => [write(key, levels - 1), write(part, levels - 1)]))
  if (Array.isArray(value) || value instanceof Set)
    return cut([...(value as Iterable<unknown>)].slice(0, mostEntries + 1).map((part) => write(part, levels - 1)))
  const entries = Object.entries(value).slice(0, mostEntries)
  return Object.fromEntries(
    entries.filter(([, part]) => part !== undefined).map(([key, part]) => [key, write(part, levels - 1)]),
  )
}

function writeError(error: Error, levels: number): Plain {
  const { name, message, stack, cause } = error
  const { code } = error as { readonly code?: unknown }
  return {
    name,
    message,
    ...(typeof code === 'string' && { code }),
    ...(stack !== undefined && { stack }),
    ...(cause !== undefined && levels > 1 && { cause: write(cause, levels - 1) }),
  }
}

function cut(parts: Plain[]): Plain {
  return parts.length <= mostEntries ? parts : [...parts.slice(0, mostEntries), '…']
}
