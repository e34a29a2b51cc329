/**
 * About how many bytes a value takes when it is encoded, without encoding it: what queues, batches and windows go by.
 *
 * Texts and byte strings count as what they are, all else as a little more than the codec of `@agner/distribution` takes. What is over a limit is walked
 * no further than to there: so a cycle, or a part that is said again and again, costs no more than the largest value that may be sent.
 */
import { Pid } from '../identity/pid.ts'
import { Ref } from '../identity/ref.ts'
import { goesAsValue } from './as-value.ts'
import { depthLimit } from './refusal.ts'

export interface Weight {
  /** Of all but the insides of byte strings. */
  readonly objectBytes: number
  /** The insides of byte strings: they cost their receiver next to nothing. */
  readonly byteStrings: number
  /** It has cycles, or is nested deeper than can be sent. Then it was looked at no further. */
  readonly isTooDeep: boolean
}

/** The first bytes of any value that has more. */
const ownBytes = 5
const numberBytes = 9
const dateBytes = 10
/** A pid or ref without the name of its node. */
const identityBytes = 20
/** A request goes as a ref. */
const requestBytes = 35

const encoder = /* @__PURE__ */ new TextEncoder()

/** Node's way without a copy; elsewhere the encoder's. */
const textBytes: (text: string) => number =
  typeof Buffer === 'function' ? (text) => Buffer.byteLength(text) : (text) => encoder.encode(text).length

/**
 * Beyond `mostObjectBytes` it says only that there are more. What cannot be sent counts as empty: the copy refuses it.
 */
export function weigh(value: unknown, mostObjectBytes: number): Weight {
  const walk = new Walk(mostObjectBytes)
  walk.add(value, 0)
  return walk
}

class Walk implements Weight {
  readonly #most: number
  objectBytes = 0
  byteStrings = 0
  isTooDeep = false

  constructor(most: number) {
    this.#most = most
  }

  add(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        this.objectBytes += ownBytes + textBytes(value)
        return
      case 'number':
        this.objectBytes += numberBytes
        return
      case 'bigint':
        this.objectBytes += ownBytes + value.toString(16).length / 2
        return
      case 'object':
        if (value === null) this.objectBytes += 1
        else this.#object(value, depth + 1)
        return
      default:
        this.objectBytes += 1
    }
  }

  #object(value: object, depth: number): void {
    this.objectBytes += ownBytes
    if (depth > depthLimit) this.isTooDeep = true
    else if (Array.isArray(value) || value instanceof Set) this.#all(value, depth)
    else if (value instanceof Pid || value instanceof Ref) this.objectBytes += identityBytes + value.node.length
    else if (ArrayBuffer.isView(value)) this.byteStrings += value.byteLength
    else if (value instanceof Date) this.objectBytes += dateBytes
    else if (value instanceof Map) {
      this.#all(value.keys(), depth)
      this.#all(value.values(), depth)
    } else if (value instanceof Error) {
      const { name, message, stack, cause } = value
      this.#all([name, message, stack, cause, (value as { code?: unknown }).code], depth)
    } else if (goesAsValue(value)) this.objectBytes += requestBytes
    else if (isPlain(value)) {
      this.#all(Object.keys(value), depth)
      this.#all(Object.values(value), depth)
    }
  }

  #all(parts: Iterable<unknown>, depth: number): void {
    for (const part of parts) {
      if (this.objectBytes > this.#most || this.isTooDeep) return
      this.add(part, depth)
    }
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
