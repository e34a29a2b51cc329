/**
 * About how many bytes a message takes on the wire. Limits are in bytes; a walk costs a fraction of copying.
 *
 * It goes no further than the limit: what has cycles, or says the same part again and again, has no size that could be waited for.
 */
import { Pid, Ref, Request } from '@agner/core'
import { copy, depthLimit } from '@agner/core/kernel'

/**
 * Never less than 1; beyond `limit` it says only that it is more. What cannot be sent is not noticed here.
 *
 * @throws `copy.too_deep`
 */
export function sizeOf(value: unknown, limit: number): number {
  const walk = new Walk(value, limit)
  walk.add(value, 0)
  return walk.bytes
}

class Walk {
  readonly #all: unknown
  readonly #limit: number
  bytes = 0

  constructor(all: unknown, limit: number) {
    this.#all = all
    this.#limit = limit
  }

  add(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        this.bytes += 5 + value.length
        return
      case 'number':
      case 'bigint':
        this.bytes += 9
        return
      case 'object':
        if (value === null) this.bytes += 1
        else this.#addObject(value, depth + 1)
        return
      default:
        this.bytes += 1
    }
  }

  #addObject(value: object, depth: number): void {
    this.bytes += 5
    if (this.bytes > this.#limit) return
    if (value instanceof Pid || value instanceof Ref || value instanceof Request) this.bytes += 35
    else if (ArrayBuffer.isView(value)) this.bytes += value.byteLength
    else if (depth > depthLimit) this.#refuse()
    else if (Array.isArray(value) || value instanceof Set) this.#addAll(value, depth)
    else if (value instanceof Map) {
      this.#addAll(value.keys(), depth)
      this.#addAll(value.values(), depth)
    } else if (value instanceof Error) {
      this.bytes += 55
      this.#addAll([value.message, value.stack, value.cause], depth)
    } else this.#addKeys(value as Readonly<Record<string, unknown>>, depth)
  }

  #addKeys(value: Readonly<Record<string, unknown>>, depth: number): void {
    for (const key of Object.keys(value)) {
      this.bytes += 2 + key.length
      this.add(value[key], depth)
      if (this.bytes > this.#limit) return
    }
  }

  #addAll(parts: Iterable<unknown>, depth: number): void {
    for (const part of parts) {
      this.add(part, depth)
      if (this.bytes > this.#limit) return
    }
  }

  /** As any send would: the copy says where it is. */
  #refuse(): void {
    copy(this.#all)
  }
}
