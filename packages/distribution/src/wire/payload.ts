/**
 * Payloads: values of the domain that can be sent, as CBOR by cbor-x, and back.
 *
 * One codec per connection. CBOR has words for everything but pids, refs and errors; those are lowered to tags before
 * encoding and raised after decoding, by a walk of our own, since cbor-x's addExtension is global to the program. No
 * shared structures: each payload stands alone, so none can be broken by one that came before it, was refused, or
 * overtook it.
 *
 * Kept exactly: null, undefined, booleans, numbers (but -0 arrives as 0), bigints, well-formed strings, bytes (as a
 * Uint8Array of its own), dates, arrays (holes arrive as undefined), plain objects, Maps, Sets, pids, refs, and errors
 * with name, message, stack, code and cause.
 */
import { Pid, Ref } from '@agner/core'
import { exportPid, exportRef, internPid, internRef } from '@agner/core/kernel'
import { Encoder, Tag } from 'cbor-x'
import { tag } from './opcodes.ts'
import { fromParts, toParts, type Parties } from './parties.ts'
import { bigintLimitBytes, scan } from './scan.ts'
import { badFrame, WireError } from './wire-error.ts'

const bigintLimit = 1n << BigInt(8 * bigintLimitBytes)
/** Seconds as a 64-bit float keep milliseconds up to here, with room to spare. */
const nearDateMs = 1e15

export class PayloadCodec {
  readonly #parties: Parties
  readonly #cbor = new Encoder({
    useRecords: false,
    variableMapSize: true,
    mapsAsObjects: true,
    tagUint8Array: false,
    copyBuffers: true,
  })

  constructor(parties: Parties) {
    this.#parties = parties
  }

  /** The bytes of `value`, which nobody writes to any more. @throws for what is not in the domain. */
  encode(value: unknown): Uint8Array {
    return this.#cbor.encode(this.#lower(value))
  }

  /** The value that the bytes say; it shares nothing with them. @throws WireError for whatever is not well-formed. */
  decode(source: Uint8Array): unknown {
    // From a Buffer, cbor-x would cut Buffers; one kind of bytes arrives, whatever was sent.
    const bytes =
      source.constructor === Uint8Array ? source : new Uint8Array(source.buffer, source.byteOffset, source.length)
    const hasOwnTags = scan(bytes)
    let value: unknown
    try {
      value = this.#cbor.decode(bytes)
    } catch (error) {
      throw badFrame(`the payload cannot be decoded: ${error instanceof Error ? error.message : String(error)}`)
    }
    return hasOwnTags ? this.#raise(value) : value
  }

  /** `value` with tags for what CBOR cannot say; the same object where there is nothing to replace. */
  #lower(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) {
      if (typeof value === 'bigint' && (value >= bigintLimit || value < -bigintLimit))
        throw new RangeError(`a bigint of over ${bigintLimitBytes} bytes`)
      if (typeof value === 'function' || typeof value === 'symbol') throw new TypeError(`a ${typeof value}`)
      return value
    }
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return this.#lowerPlain(value as Record<string, unknown>)
    if (Array.isArray(value)) return this.#lowerArray(value)
    if (value instanceof Pid) {
      exportPid(value)
      return new Tag(toParts(value, this.#parties), tag.pid)
    }
    if (value instanceof Ref) {
      exportRef(value)
      return new Tag(toParts(value, this.#parties), tag.ref)
    }
    if (value instanceof Uint8Array) return value.constructor === Uint8Array ? value : new Uint8Array(value)
    if (value instanceof Date)
      return Math.abs(value.getTime()) > nearDateMs ? new Tag(value.getTime(), tag.farDate) : value
    if (value instanceof Error) return this.#lowerError(value)
    if (value instanceof Map) return new Map(Array.from(value, ([key, part]) => [this.#lower(key), this.#lower(part)]))
    if (value instanceof Set) return new Set(Array.from(value, (part) => this.#lower(part)))
    throw new TypeError(`an instance of ${value.constructor?.name ?? 'an unknown class'}`)
  }

  #lowerPlain(value: Record<string, unknown>): unknown {
    let made = value
    for (const key in value) {
      const part = value[key]
      if (typeof part === 'string' || typeof part === 'number') continue
      const lowered = this.#lower(part)
      if (lowered === part) continue
      if (made === value) made = { ...value }
      made[key] = lowered
    }
    return made
  }

  #lowerArray(value: readonly unknown[]): unknown {
    let made: readonly unknown[] = value
    for (let i = 0; i < value.length; i++) {
      const part = value[i]
      if (typeof part === 'string' || typeof part === 'number') continue
      const lowered = this.#lower(part)
      if (lowered === part) continue
      if (made === value) made = value.slice()
      ;(made as unknown[])[i] = lowered
    }
    return made
  }

  #lowerError(value: Error): Tag {
    const { name, message, stack, cause } = value
    const { code } = value as { code?: unknown }
    const parts: unknown[] = [
      String(name),
      String(message),
      typeof stack === 'string' ? stack : '',
      typeof code === 'string' || typeof code === 'number' ? code : null,
    ]
    if (cause !== undefined) parts.push(this.#lower(cause))
    return new Tag(parts, tag.error)
  }

  /**
   * Puts pids, refs, errors and far dates in the place of their tags. The value is ours alone, so it is changed where
   * it stands.
   */
  #raise(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (value instanceof Tag) return this.#raiseTag(value)
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) value[i] = this.#raise(value[i])
      return value
    }
    if (value instanceof Map) return new Map(Array.from(value, ([key, part]) => [this.#raise(key), this.#raise(part)]))
    if (value instanceof Set) return new Set(Array.from(value, (part) => this.#raise(part)))
    if (Object.getPrototypeOf(value) === Object.prototype) {
      const plain = value as Record<string, unknown>
      for (const key in plain) {
        const part = plain[key]
        if (typeof part === 'object') plain[key] = this.#raise(part)
      }
    }
    return value
  }

  #raiseTag({ tag: number, value }: Tag): unknown {
    switch (number) {
      case tag.pid:
        return internPid(...fromParts(value, this.#parties))
      case tag.ref:
        return internRef(...fromParts(value, this.#parties))
      case tag.farDate:
        return new Date(value as number)
      case tag.error:
        return this.#raiseError(value)
      default:
        throw new WireError('bad_frame', `the tag ${number} is not allowed`)
    }
  }

  #raiseError(value: unknown): Error {
    const parts = value as readonly unknown[]
    const [name, message, stack, code] = parts
    if (typeof name !== 'string' || typeof message !== 'string' || typeof stack !== 'string' || parts.length > 5)
      throw badFrame('an error is malformed')
    const made = new Error(message)
    const define = (key: string, part: unknown): void => {
      Object.defineProperty(made, key, { value: part, writable: true, configurable: true, enumerable: false })
    }
    define('name', name)
    define('stack', stack)
    if (parts.length === 5) define('cause', this.#raise(parts[4]))
    if (typeof code === 'string' || typeof code === 'number') define('code', code)
    else if (code !== null) throw badFrame('the code of an error is malformed')
    return made
  }
}
