/**
 * About how many bytes a signal takes on the wire: for what cannot be encoded yet, since its receiver is not known.
 *
 * Byte strings and texts count as what they are, all else as a little more than it takes. What is over the limit of an object is walked no
 * further than to there, so that a look costs no more than the encoding would: it is not going to be sent.
 */
import { Pid, Ref } from '@agner/core'
import type { RemoteSignal } from '@agner/core/kernel'
import { depthLimit } from '../../wire/limits.ts'

/** Length, opcode, addresses, a trace context. */
const headBytes = 64
/** The first bytes of any value that has more. */
const ownBytes = 5

const encoder = new TextEncoder()

/** Node's way without a copy; elsewhere the encoder's. */
const textBytes: (text: string) => number =
  typeof Buffer === 'function' ? (text) => Buffer.byteLength(text) : (text) => encoder.encode(text).length

export function signalBytes(signal: RemoteSignal, objectLimitBytes: number): number {
  const walk = new Walk(objectLimitBytes)
  walk.add(contentOf(signal), 0)
  return headBytes + walk.objectBytes + walk.byteStrings
}

function contentOf(signal: RemoteSignal): unknown {
  switch (signal.op) {
    case 'send':
    case 'spawnFailed':
      return signal.message
    case 'request':
    case 'reply':
      return signal.payload
    case 'linkExit':
    case 'exit':
    case 'down':
    case 'requestFailed':
      return signal.reason
    case 'spawn':
      return signal.argument
    default:
      return undefined
  }
}

class Walk {
  readonly #limit: number
  objectBytes = 0
  byteStrings = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  add(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        this.objectBytes += ownBytes + textBytes(value)
        return
      case 'number':
        this.objectBytes += 9
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
    if (depth > depthLimit) return
    if (value instanceof Pid || value instanceof Ref) this.objectBytes += 20 + value.node.length
    else if (ArrayBuffer.isView(value)) this.byteStrings += value.byteLength
    else if (value instanceof Date) this.objectBytes += 10
    else if (Array.isArray(value) || value instanceof Set) this.#all(value, depth)
    else if (value instanceof Map) {
      this.#all(value.keys(), depth)
      this.#all(value.values(), depth)
    } else if (value instanceof Error) this.#all([value.name, value.message, value.stack, value.cause], depth)
    else {
      this.#all(Object.keys(value), depth)
      this.#all(Object.values(value), depth)
    }
  }

  #all(parts: Iterable<unknown>, depth: number): void {
    for (const part of parts) {
      if (this.objectBytes > this.#limit) return
      this.add(part, depth)
    }
  }
}
