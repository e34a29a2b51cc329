/**
 * Values of the domain that can be sent, as CBOR, straight into a frame.
 *
 * One walk: what cannot be said throws, and its frame is cancelled. Large bytes are not copied. What is kept and what is not stands
 * in PROTOCOL.md, section 6; the reader is `value-reader.ts`.
 */
import { Pid, Ref } from '@agner/core'
import { exportPid, exportRef } from '@agner/core/kernel'
import type { FrameWriter } from './frame-writer.ts'
import { bigintLimitBytes, depthLimit } from './limits.ts'
import { tag } from './opcodes.ts'
import type { Parties } from './parties.ts'
import { encodeTagged } from './tagged-values.ts'

const bigintLimit = 1n << BigInt(8 * bigintLimitBytes)
/** Seconds as a 64-bit float keep milliseconds up to here, with room to spare. */
const nearDateMs = 1e15

const unsigned = 0
const negative = 0x20
const byteString = 0x40
const list = 0x80
const map = 0xa0
const tagged = 0xc0

const simple = { false: 0xf4, true: 0xf5, null: 0xf6, undefined: 0xf7, double: 0xfb } as const

export class ValueWriter {
  readonly #writer: FrameWriter
  readonly #parties: Parties
  #isPolluted = false

  constructor(writer: FrameWriter, parties: Parties) {
    this.#writer = writer
    this.#parties = parties
  }

  /** @throws for what is not in the domain, and {@link ObjectTooLarge}. */
  write(value: unknown): void {
    this.#isPolluted = isPolluted()
    this.#value(value, 0)
  }

  #value(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        return this.#writer.cborText(value)
      case 'number':
        return this.#number(value)
      case 'object':
        return value === null ? this.#writer.u8(simple.null) : this.#object(value, depth)
      case 'boolean':
        return this.#writer.u8(value ? simple.true : simple.false)
      case 'undefined':
        return this.#writer.u8(simple.undefined)
      case 'bigint':
        return this.#bigint(value)
      default:
        throw new TypeError(`a ${typeof value}`)
    }
  }

  #number(value: number): void {
    if (value >= 0 && value <= 0xffffffff && Math.floor(value) === value) return this.#writer.head(unsigned, value)
    if (value < 0 && value >= -0x100000000 && Math.floor(value) === value)
      return this.#writer.head(negative, -1 - value)
    this.#writer.u8(simple.double)
    this.#writer.f64(value)
  }

  #bigint(value: bigint): void {
    if (value >= bigintLimit || value < -bigintLimit) throw new RangeError(`a bigint of over ${bigintLimitBytes} bytes`)
    this.#writer.raw(encodeTagged(value))
  }

  #object(value: object, depth: number): void {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null)
      return this.#plain(value as Record<string, unknown>, depth)
    if (Array.isArray(value)) return this.#list(value, depth)
    const writer = this.#writer
    if (value instanceof Pid || value instanceof Ref) return this.#identity(value)
    if (value instanceof Uint8Array) {
      writer.head(byteString, value.length)
      return writer.bytes(value)
    }
    if (value instanceof Date) return this.#date(value)
    if (value instanceof Error) return this.#error(value, depth)
    if (value instanceof Map) {
      writer.head(tagged, 259)
      writer.head(map, value.size)
      const deeper = below(depth)
      for (const [key, part] of value) {
        this.#value(key, deeper)
        this.#value(part, deeper)
      }
    } else if (value instanceof Set) {
      writer.head(tagged, 258)
      this.#list([...value], depth)
    } else throw new TypeError(`an instance of ${value.constructor?.name ?? 'an unknown class'}`)
  }

  #plain(value: Record<string, unknown>, depth: number): void {
    const writer = this.#writer
    const deeper = below(depth)
    if (this.#isPolluted) {
      const keys = Object.keys(value)
      writer.head(map, keys.length)
      for (const key of keys) {
        writer.cborText(key)
        this.#value(value[key], deeper)
      }
      return
    }
    // Twice over the keys is cheaper than a list of them.
    let count = 0
    for (const _ in value) count++
    writer.head(map, count)
    for (const key in value) {
      writer.cborText(key)
      this.#value(value[key], deeper)
    }
  }

  #list(value: readonly unknown[], depth: number): void {
    this.#writer.head(list, value.length)
    const deeper = below(depth)
    for (let i = 0; i < value.length; i++) this.#value(value[i], deeper)
  }

  #date(value: Date): void {
    const writer = this.#writer
    const ms = value.getTime()
    if (!(Math.abs(ms) > nearDateMs)) return writer.raw(encodeTagged(value))
    writer.head(tagged, tag.farDate)
    writer.u8(simple.double)
    writer.f64(ms)
  }

  /** `[node, incarnation, id]`, where node 0 is the sender and 1 the receiver. */
  #identity(value: Pid<never> | Ref): void {
    const writer = this.#writer
    if (value instanceof Ref) exportRef(value)
    else exportPid(value)
    writer.head(tagged, value instanceof Ref ? tag.ref : tag.pid)
    writer.head(list, 3)
    const { self, peer } = this.#parties
    const { node, incarnation, id } = value
    const isSelf = node === self.name && incarnation === self.incarnation
    if (isSelf || (node === peer.name && incarnation === peer.incarnation)) {
      writer.u8(isSelf ? 0 : 1)
      writer.u8(0)
    } else {
      writer.cborText(node)
      writer.head(unsigned, incarnation)
    }
    this.#number(id)
  }

  #error(value: Error, depth: number): void {
    const writer = this.#writer
    const deeper = below(depth)
    const { name, message, stack, cause } = value
    const { code } = value as { code?: unknown }
    writer.head(tagged, tag.error)
    writer.head(list, cause === undefined ? 4 : 5)
    writer.cborText(String(name))
    writer.cborText(String(message))
    writer.cborText(typeof stack === 'string' ? stack : '')
    this.#value(typeof code === 'string' || typeof code === 'number' ? code : null, deeper)
    if (cause !== undefined) this.#value(cause, deeper)
  }
}

const nothing = {}

/** Somebody has added to Object.prototype: then a walk over an object meets more than is its own. */
function isPolluted(): boolean {
  for (const _ in nothing) return true
  return false
}

/** What the other side would refuse is refused here. */
function below(depth: number): number {
  if (depth >= depthLimit) throw new RangeError(`a value that nests over ${depthLimit} levels deep`)
  return depth + 1
}
