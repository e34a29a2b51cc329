/**
 * CBOR to values: checks and builds in one pass.
 *
 * Only what the writer says is understood: definite lengths, the tags of this protocol, text keys, a bounded depth, no `__proto__`;
 * everything else is a {@link WireError}. Nothing is made for what was only announced. Of pids and refs the one object that there is
 * comes back, so that `===` holds across the wire.
 */
import { internPid, internRef } from '@agner/core/kernel'
import { bigintLimitBytes, depthLimit } from './limits.ts'
import { tag } from './opcodes.ts'
import { nameLimitBytes, type Parties } from './parties.ts'
import { keysOf, Shapes, type Shape } from './shapes.ts'
import { decodeTagged } from './tagged-values.ts'
import { Texts } from './texts.ts'
import { badFrame, WireError } from './wire-error.ts'

/** Byte strings from this size on need no copy, if the bytes that they came in are nobody else's. */
const viewBytes = 64 * 1024

const doubleOf = new Float64Array(1)
const bytesOfDouble = new Uint8Array(doubleOf.buffer)
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** A writer looks at its limit when a slab of it is full: it may be a little over. */
const objectSlackBytes = 128 * 1024

export class ValueReader {
  readonly #parties: Parties
  readonly #texts = new Texts()
  readonly #shapes = new Shapes()
  /** Of the objects that are being read, one above the other. */
  readonly #values: unknown[] = []
  #bytes: Uint8Array = new Uint8Array(0)
  #position = 0
  #end = 0
  #isOurs = false
  /** Where what is no byte string is over the limit; byte strings move it. */
  #objectEnd = Infinity
  /** What is no byte string becomes many times as large in memory: so many bytes of it are taken. */
  objectLimitBytes: number = Infinity

  constructor(parties: Parties) {
    this.#parties = parties
  }

  /**
   * The one value in `bytes` from `start` to `end`.
   *
   * @param isOurs nobody else will use the bytes: large byte strings are views of them. Otherwise the value shares nothing with them.
   * @throws WireError
   */
  read(bytes: Uint8Array, start: number, end: number, isOurs = false): unknown {
    this.#bytes = bytes
    this.#position = start
    this.#end = end
    this.#isOurs = isOurs
    this.#values.length = 0
    this.#objectEnd = start + this.objectLimitBytes + objectSlackBytes
    const value = this.#value(0)
    if (this.#position !== end) throw badFrame(`${end - this.#position} bytes follow the payload`)
    return value
  }

  #value(depth: number): unknown {
    const start = this.#position
    const first = this.#byte()
    const info = first & 0x1f
    switch (first >> 5) {
      case 0:
        return info < 24 ? info : info === 27 ? this.#big(start, 8) : this.#argument(info)
      case 1:
        return info === 27 ? this.#big(start, 8) : -1 - this.#argument(info)
      case 2:
        return this.#byteString(this.#argument(info))
      case 3:
        return this.#text(this.#argument(info))
      case 4:
        return this.#list(this.#argument(info), depth)
      case 5:
        return this.#plain(this.#argument(info), depth)
      case 6:
        return this.#tagged(this.#argument(info), depth, start)
      default:
        return this.#simple(info)
    }
  }

  #byte(): number {
    if (this.#position >= this.#end) throw early()
    return this.#bytes[this.#position++] as number
  }

  /** The position before `count` bytes, which are then behind. */
  #advance(count: number): number {
    const start = this.#position
    if (count > this.#end - start) throw early()
    this.#position = start + count
    return start
  }

  /** The argument of an item: a number, a count, a length or the number of a tag. */
  #argument(info: number): number {
    if (info < 24) return info
    if (info > 26) throw badFrame(`a length of form ${info} is not allowed`)
    const at = this.#advance(1 << (info - 24))
    const bytes = this.#bytes
    if (info === 24) return bytes[at] as number
    if (info === 25) return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
    return this.#u32(at)
  }

  #u32(at: number): number {
    const bytes = this.#bytes
    return (
      (bytes[at] as number) * 0x1000000 +
      (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
    )
  }

  /** The item from `start` on, which has `left` bytes more. */
  #big(start: number, left: number): unknown {
    this.#advance(left)
    return decodeTagged(this.#bytes, start, this.#position)
  }

  #byteString(length: number): Uint8Array {
    const start = this.#advance(length)
    this.#objectEnd += length
    // Not `slice`: of a Buffer that is a view.
    const view = new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length)
    return this.#isOurs && length >= viewBytes ? view : new Uint8Array(view)
  }

  #text(length: number): string {
    const start = this.#advance(length)
    return this.#texts.read(this.#bytes, start, start + length)
  }

  #list(count: number, depth: number): unknown[] {
    this.#below(depth, count)
    const made: unknown[] = []
    for (let i = 0; i < count; i++) made.push(this.#value(depth + 1))
    return made
  }

  #plain(count: number, depth: number): object {
    this.#below(depth, count * 2)
    const values = this.#values
    const base = values.length
    let shape: Shape = this.#shapes.root
    for (let i = 0; i < count; i++) {
      const next = this.#knownKey(shape) ?? this.#newKey(shape)
      if (typeof next === 'string') return this.#byKey(keysOf(shape), base, next, count - i, depth)
      shape = next
      values.push(this.#value(depth + 1))
    }
    const made = this.#shapes.make(shape, values, base)
    values.length = base
    return made
  }

  /** The key that comes next, if it is the one that mostly does. */
  #knownKey(shape: Shape): Shape | null {
    const position = this.#position
    const first = this.#bytes[position] as number
    const length = first - 0x60
    if (length < 0 || length >= 24 || length >= this.#end - position) return null
    if (!shape.firstIs(this.#bytes, position + 1, length)) return null
    this.#position = position + 1 + length
    return shape.first
  }

  /** A shape, or the key that belongs to none that is known. */
  #newKey(shape: Shape): Shape | string {
    const key = this.#key()
    return this.#shapes.next(shape, key) ?? key
  }

  /** The rest of an object of no known shape. */
  #byKey(keys: readonly string[], base: number, key: string, left: number, depth: number): object {
    const values = this.#values
    const made: Record<string, unknown> = {}
    for (let i = 0; i < keys.length; i++) made[keys[i] as string] = values[base + i]
    values.length = base
    made[key] = this.#value(depth + 1)
    for (let i = 1; i < left; i++) {
      const next = this.#key()
      made[next] = this.#value(depth + 1)
    }
    return made
  }

  #key(): string {
    const first = this.#byte()
    if (first >> 5 !== 3) throw badFrame('the key of an object is no text')
    const length = this.#argument(first & 0x1f)
    const start = this.#advance(length)
    const key = this.#texts.key(this.#bytes, start, start + length)
    if (key === '__proto__') throw badFrame('a key named __proto__ is not allowed')
    return key
  }

  /** Each part needs a byte at least, so a short frame cannot announce a long list. */
  #below(depth: number, leastBytes: number): void {
    if (depth >= depthLimit) throw badFrame(`the payload nests over ${depthLimit} levels deep`)
    if (leastBytes > this.#end - this.#position) throw early()
    if (this.#position + leastBytes > this.#objectEnd)
      throw new WireError(
        'frame_too_large',
        `a message holds more than ${this.objectLimitBytes} bytes besides byte strings`,
      )
  }

  #simple(info: number): unknown {
    switch (info) {
      case 20:
        return false
      case 21:
        return true
      case 22:
        return null
      case 23:
        return undefined
      case 25:
        return half(this.#argument(info))
      case 26: {
        const at = this.#advance(4)
        return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at, 4).getFloat32(0)
      }
      case 27:
        return this.#double()
      default:
        throw badFrame(`the simple value ${info} is not allowed`)
    }
  }

  #double(): number {
    const at = this.#advance(8)
    const bytes = this.#bytes
    if (isLittleEndian) for (let i = 0; i < 8; i++) bytesOfDouble[7 - i] = bytes[at + i] as number
    else for (let i = 0; i < 8; i++) bytesOfDouble[i] = bytes[at + i] as number
    return doubleOf[0] as number
  }

  #tagged(number: number, depth: number, start: number): unknown {
    switch (number) {
      case 1:
        return this.#date(start)
      case 2:
      case 3:
        return this.#largeWhole(start)
      case 258:
        return this.#set(depth)
      case 259:
        return this.#map(depth)
      case tag.pid:
        return internPid(...this.#identity())
      case tag.ref:
        return internRef(...this.#identity())
      case tag.error:
        return this.#error(depth)
      case tag.farDate:
        if (this.#byte() !== 0xfb) throw badFrame('a date is malformed')
        return new Date(this.#double())
      default:
        throw badFrame(`the tag ${number} is not allowed`)
    }
  }

  #expect(major: number, what: string): number {
    const first = this.#byte()
    if (first >> 5 !== major) throw badFrame(`${what} is malformed`)
    return this.#argument(first & 0x1f)
  }

  #date(start: number): unknown {
    const first = this.#byte()
    const info = first & 0x1f
    const isFloat = first >> 5 === 7 && info >= 25 && info <= 27
    const isWhole = first >> 5 <= 1 && info < 27
    if (isFloat) this.#advance(1 << (info - 24))
    else if (isWhole) this.#argument(info)
    else throw badFrame('a date is malformed')
    return decodeTagged(this.#bytes, start, this.#position)
  }

  #largeWhole(start: number): unknown {
    const length = this.#expect(2, 'a large whole number')
    if (length > bigintLimitBytes)
      throw badFrame(`a whole number of ${length} bytes is over the limit of ${bigintLimitBytes}`)
    return this.#big(start, length)
  }

  #set(depth: number): Set<unknown> {
    const count = this.#expect(4, 'a set')
    this.#below(depth, count)
    const made = new Set<unknown>()
    for (let i = 0; i < count; i++) made.add(this.#value(depth + 1))
    return made
  }

  #map(depth: number): Map<unknown, unknown> {
    const count = this.#expect(5, 'a map')
    this.#below(depth, count * 2)
    const made = new Map<unknown, unknown>()
    for (let i = 0; i < count; i++) {
      const key = this.#value(depth + 1)
      made.set(key, this.#value(depth + 1))
    }
    return made
  }

  /** A number or a text: what could hold another pid would nest without a bound. */
  #part(): unknown {
    const major = (this.#bytes[this.#position] as number) >> 5
    if (major !== 0 && major !== 3 && major !== 7) throw badFrame('a part of a pid or ref is malformed')
    return this.#value(depthLimit)
  }

  #identity(): readonly [node: string, incarnation: number, id: number] {
    if (this.#expect(4, 'a pid or ref') !== 3) throw badFrame('a pid or ref has three parts')
    const node = this.#part()
    const given = this.#part()
    const id = this.#part()
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0)
      throw badFrame('the id of a pid or ref is malformed')
    const { self, peer } = this.#parties
    if (node === 0) return [peer.name, peer.incarnation, id]
    if (node === 1) return [self.name, self.incarnation, id]
    if (typeof node !== 'string' || node.length === 0 || node.length > nameLimitBytes)
      throw badFrame('the node of a pid or ref is malformed')
    if (typeof given !== 'number' || given >>> 0 !== given)
      throw badFrame('the incarnation of a pid or ref is malformed')
    return [node, given, id]
  }

  /** [name, message, stack, code or null] and, if there is one, the cause. */
  #error(depth: number): Error {
    const count = this.#expect(4, 'an error')
    this.#below(depth, count)
    if (count !== 4 && count !== 5) throw badFrame('an error is malformed')
    const name = this.#value(depthLimit)
    const message = this.#value(depthLimit)
    const stack = this.#value(depthLimit)
    const code = this.#value(depthLimit)
    if (typeof name !== 'string' || typeof message !== 'string' || typeof stack !== 'string')
      throw badFrame('an error is malformed')
    const made = bareError(message)
    const define = (key: string, value: unknown): void => {
      Object.defineProperty(made, key, { value, writable: true, configurable: true, enumerable: false })
    }
    define('name', name)
    define('stack', stack)
    if (count === 5) define('cause', this.#value(depth + 1))
    if (typeof code === 'string' || typeof code === 'number') define('code', code)
    else if (code !== null) throw badFrame('the code of an error is malformed')
    return made
  }
}

/** Its stack is not worth the making: it gets the one that was sent. */
function bareError(message: string): Error {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  const made = new Error(message)
  Error.stackTraceLimit = stackTraceLimit
  return made
}

function early(): Error {
  return badFrame('the payload ends early')
}

/** A 16-bit float. */
function half(bits: number): number {
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction === 0
          ? Infinity
          : Number.NaN
        : (1024 + fraction) * 2 ** (exponent - 25)
  return (bits & 0x8000) === 0 ? size : -size
}
