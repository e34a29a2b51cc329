/**
 * What is let into the log. The leader applies the value that it has in memory, the others what came out of the bytes of the wire or the disk: so a command
 * becomes what its bytes say before it is proposed, and one that has no bytes, or too many for a message, is refused.
 *
 *     command ──► plain, and surely small enough? ──► as it is
 *                      └─ not known ──► its bytes ──► too many: refused ──► the value that they say
 *
 * Plain is what no bytes change, and most commands are: a look is several times cheaper than the way there and back.
 */
import { Pid, Ref } from '@agner/core'
import { messageOf } from '@agner/core/kernel'
import { ValueCodec } from '@agner/distribution/values'
import type { ClientRequest } from '../raft/interface.ts'

export type Admitted =
  | { readonly type: 'admitted'; readonly command: unknown }
  | { readonly type: 'refused'; readonly why: 'too_large' | 'unencodable'; readonly message: string }

/** Levels that messages, records and snapshots put around a command, and some to spare: what nests too deep for them is refused here. */
const levelsAround = 8
/** Deeper is not looked at: the codec has its own limit. */
const plainDepth = 64

/** Not for two threads: it has a codec of its own. */
export class Admission {
  readonly #codec = new ValueCodec()
  readonly #mostBytes: number

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  admit(command: unknown): Admitted {
    if (plainBytes(command, 0) <= this.#mostBytes) return { type: 'admitted', command }
    let wrapped: unknown = command
    for (let level = 0; level < levelsAround; level++) wrapped = [wrapped]
    try {
      const bytes = this.#codec.encode(wrapped)
      const size = bytes.length - levelsAround
      if (size > this.#mostBytes) return tooLarge(size, this.#mostBytes)
      let value = this.#codec.decode(bytes)
      for (let level = 0; level < levelsAround; level++) [value] = value as [unknown]
      return { type: 'admitted', command: value }
    } catch (error) {
      return { type: 'refused', why: 'unencodable', message: messageOf(error) }
    }
  }
}

/** Nothing but what belongs to it: the rest would be in the log of each member. */
export function plainRequest({ session, sequence, answered }: ClientRequest): ClientRequest {
  return { session, sequence, answered }
}

function tooLarge(size: number, mostBytes: number): Admitted {
  return { type: 'refused', why: 'too_large', message: `it takes ${size} bytes, and ${mostBytes} is the limit` }
}

/** No fewer bytes than a value takes, if it comes out of them as it went in; Infinity if that is not known. */
function plainBytes(value: unknown, depth: number): number {
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
  if (prototype === Uint8Array.prototype) return 5 + (value as Uint8Array).length
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
