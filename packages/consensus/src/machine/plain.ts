/**
 * What surely is plain data, by a look: several times cheaper than to make bytes of it. And how deep what is kept may nest.
 */
import { Pid, Ref } from '@agner/core'

/** Levels that messages, records and snapshots put around a command or a result, and some to spare: what nests too deep for them is refused. */
export const levelsAround = 8
/** Deeper is not looked at: the codec has its own limit. */
const plainDepth = 64

/** A value with as much around it as there may ever be. */
export function within(value: unknown): unknown {
  let wrapped = value
  for (let level = 0; level < levelsAround; level++) wrapped = [wrapped]
  return wrapped
}

/** What {@link within} was given. */
export function inner(wrapped: unknown): unknown {
  let value = wrapped
  for (let level = 0; level < levelsAround; level++) [value] = value as [unknown]
  return value
}

/** No fewer bytes than a value takes, if it comes out of them as it went in; Infinity if that is not known. */
export function plainBytes(value: unknown, depth: number = 0): number {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? 5 + 3 * value.length : Infinity
    case 'number':
      // −0 would come back as 0.
      return value === 0 && 1 / value < 0 ? Infinity : 9
    case 'boolean':
    case 'undefined':
      return 1
    case 'object':
      return value === null ? 1 : objectBytes(value, depth)
    default:
      return Infinity
  }
}

function objectBytes(value: object, depth: number): number {
  // Frozen is what goes by reference: nobody has copied it, so it may have more to it than a copy takes along.
  if (depth > plainDepth || Object.isFrozen(value)) return Infinity
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return fieldBytes(value as Readonly<Record<string, unknown>>, depth + 1)
  if (prototype === Array.prototype) return listBytes(value as readonly unknown[], depth + 1)
  if (prototype === Uint8Array.prototype) return byteStringBytes(value as Uint8Array)
  return value instanceof Pid || value instanceof Ref ? 32 + 3 * value.node.length : Infinity
}

function fieldBytes(value: Readonly<Record<string, unknown>>, depth: number): number {
  let bytes = 5
  for (const key in value) {
    if (!key.isWellFormed() || key === '__proto__') return Infinity
    bytes += 5 + 3 * key.length + plainBytes(value[key], depth)
    if (bytes === Infinity) return bytes
  }
  return bytes
}

function listBytes(value: readonly unknown[], depth: number): number {
  let bytes = 5
  for (let i = 0; i < value.length; i++) {
    const part = value[i]
    // A hole would come back as undefined.
    if (part === undefined && !(i in value)) return Infinity
    bytes += plainBytes(part, depth)
    if (bytes === Infinity) return bytes
  }
  return bytes
}

/** Memory that is shared with other threads, or was handed over, cannot be sent. */
function byteStringBytes({ buffer, length }: Uint8Array): number {
  return buffer instanceof ArrayBuffer && !buffer.detached ? 5 + length : Infinity
}
