/**
 * Looks a CBOR payload over before it is decoded.
 *
 * cbor-x understands far more than this protocol says: shared records that compile code, packed strings, generic
 * objects, and whatever tag some other code of the program registered with its global addExtension. So nothing reaches
 * it that is not on the list here: definite lengths, the tags of this protocol, text keys, a bounded depth, no
 * `__proto__`. One pass, no allocation.
 */
import { tag } from './opcodes.ts'
import { badFrame } from './wire-error.ts'

/** Containers in containers. Deeper values are refused at send already. */
export const depthLimit = 512
/** Larger whole numbers cost a decoder quadratic time. */
export const bigintLimitBytes = 1024

const protoKey = [0x5f, 0x5f, 0x70, 0x72, 0x6f, 0x74, 0x6f, 0x5f, 0x5f] as const

// One scan runs at a time, and never yields.
let bytes: Uint8Array = new Uint8Array(0)
let position = 0
let end = 0
let ownTags = false

/**
 * Checks that `source` is exactly one well-formed value of this protocol.
 *
 * @returns whether it holds tags of our own, which must be raised after decoding.
 * @throws WireError
 */
export function scan(source: Uint8Array): boolean {
  bytes = source
  position = 0
  end = source.length
  ownTags = false
  item(0)
  if (position !== end) throw badFrame(`${end - position} bytes follow the payload`)
  return ownTags
}

function byte(): number {
  if (position >= end) throw badFrame('the payload ends early')
  return bytes[position++] as number
}

function skip(count: number): void {
  if (count > end - position) throw badFrame('the payload ends early')
  position += count
}

/** The argument of an item: a count, a length or a tag number. */
function argument(info: number): number {
  if (info < 24) return info
  if (info === 24) return byte()
  if (info === 25) return byte() * 0x100 + byte()
  if (info === 26) return ((byte() * 0x100 + byte()) * 0x100 + byte()) * 0x100 + byte()
  throw badFrame(`a length of form ${info} is not allowed`)
}

function item(depth: number): void {
  const first = byte()
  const info = first & 0x1f
  switch (first >> 5) {
    case 0:
    case 1:
      if (info === 27) skip(8)
      else argument(info)
      return
    case 2:
    case 3:
      return skip(argument(info))
    case 4: {
      const count = argument(info)
      deeper(depth, count, 1)
      for (let i = 0; i < count; i++) item(depth + 1)
      return
    }
    case 5: {
      const count = argument(info)
      deeper(depth, count, 2)
      for (let i = 0; i < count; i++) {
        key()
        item(depth + 1)
      }
      return
    }
    case 6:
      return tagged(argument(info), depth)
    default:
      if (info >= 20 && info <= 23) return
      if (info >= 25 && info <= 27) return skip(1 << (info - 24))
      throw badFrame(`the simple value ${info} is not allowed`)
  }
}

function deeper(depth: number, count: number, bytesEach: number): void {
  if (depth >= depthLimit) throw badFrame(`the payload nests over ${depthLimit} levels deep`)
  // Each part needs a byte at least, so a short frame cannot announce a long list.
  if (count * bytesEach > end - position) throw badFrame('the payload ends early')
}

function key(): void {
  const first = byte()
  if (first >> 5 !== 3) throw badFrame('the key of an object is no text')
  const length = argument(first & 0x1f)
  const start = position
  skip(length)
  if (length !== protoKey.length) return
  for (let i = 0; i < length; i++) if (bytes[start + i] !== protoKey[i]) return
  throw badFrame('a key named __proto__ is not allowed')
}

function next(): number {
  if (position >= end) throw badFrame('the payload ends early')
  return bytes[position] as number
}

function expectMajor(major: number, what: string): void {
  if (next() >> 5 !== major) throw badFrame(`${what} is malformed`)
}

function tagged(number: number, depth: number): void {
  switch (number) {
    case 1: {
      const first = next()
      if (first !== 0xfb && first >> 5 > 1) throw badFrame('a date is malformed')
      return item(depth)
    }
    case 2:
    case 3: {
      expectMajor(2, 'a large whole number')
      const length = argument(byte() & 0x1f)
      if (length > bigintLimitBytes)
        throw badFrame(`a whole number of ${length} bytes is over the limit of ${bigintLimitBytes}`)
      return skip(length)
    }
    case 258:
      expectMajor(4, 'a set')
      return item(depth)
    case 259: {
      expectMajor(5, 'a map')
      const count = argument(byte() & 0x1f)
      deeper(depth, count, 2)
      for (let i = 0; i < count * 2; i++) item(depth + 1)
      return
    }
    case tag.pid:
    case tag.ref:
    case tag.error:
      ownTags = true
      expectMajor(4, 'a pid, ref or error')
      return item(depth)
    case tag.farDate:
      ownTags = true
      if (next() !== 0xfb) throw badFrame('a date is malformed')
      return item(depth)
    default:
      throw badFrame(`the tag ${number} is not allowed`)
  }
}
