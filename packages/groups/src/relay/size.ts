/**
 * About how many bytes a message takes on the wire. Limits are in bytes; a walk costs a fraction of copying.
 */
import { Pid, Ref } from '@agner/core'

const depthLimit = 200

/** Never less than 1. What cannot be sent is not noticed here. */
export function sizeOf(value: unknown, depth = 0): number {
  switch (typeof value) {
    case 'string':
      return 5 + value.length
    case 'number':
    case 'bigint':
      return 9
    case 'object':
      return value === null || depth > depthLimit ? 1 : ofObject(value, depth + 1)
    default:
      return 1
  }
}

function ofObject(value: object, depth: number): number {
  if (value instanceof Pid || value instanceof Ref) return 40
  if (ArrayBuffer.isView(value)) return 5 + value.byteLength
  if (Array.isArray(value)) return 5 + sum(value, depth)
  if (value instanceof Map) return 5 + sum(value.keys(), depth) + sum(value.values(), depth)
  if (value instanceof Set) return 5 + sum(value, depth)
  if (value instanceof Error) return 60 + sizeOf(value.message) + sizeOf(value.stack) + sizeOf(value.cause, depth)
  let bytes = 5
  for (const key of Object.keys(value)) bytes += 2 + key.length + sizeOf((value as Record<string, unknown>)[key], depth)
  return bytes
}

function sum(parts: Iterable<unknown>, depth: number): number {
  let bytes = 0
  for (const part of parts) bytes += sizeOf(part, depth)
  return bytes
}
