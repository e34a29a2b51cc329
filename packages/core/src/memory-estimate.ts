/**
 * About how many bytes of the heap a process holds. JavaScript does not measure memory by process, so this is counted, not measured.
 *
 * Counted are the process itself, its links, monitors and mailbox, its dictionary, and what the state of a callback body reaches. Not
 * counted is what closures hold, an async function's variables among it, and what is shared by design: pids, refs, values that went
 * through `immutable()`, code. What several processes reach by reference counts for each. A look at more than {@link lookLimit} values ends:
 * of the messages after that each counts as the mean of the others, and what else there is counts as nothing.
 */
import { Pid } from './identity/pid.ts'
import { Ref } from './identity/ref.ts'
import { ProcessRecord } from './kernel/process-record.ts'
import { Request } from './kernel/request.ts'
import type { Ring } from './kernel/ring.ts'
import { isImmutable } from './values/immutable.ts'

/** How many values one estimate looks at. */
export const lookLimit = 10_000

/** Measured on Node 24 over many processes that wait: `serial/memory-estimate.test.ts` checks that they are still about right. */
export const idleBytes = { async: 1100, callback: 270 } as const

const pointer = 8
const header = 24
const linkBytes = 64
/** Half of one: the other half stands with the other side. */
const monitorBytes = 100
const belongingsBytes = 136
const dictionaryBytes = 180
const ringBytes = 120

export function estimateMemory(record: ProcessRecord): number {
  const { links, monitors, watchers, saved, belongings } = record
  const look = new Look()
  let bytes = typeof record.code === 'function' ? idleBytes.async : idleBytes.callback + look.size(record.state)
  bytes += linkBytes * (links?.active().length ?? 0) + monitorBytes * (count(monitors) + count(watchers))
  if (belongings !== null) bytes += belongingsBytes + look.size(belongings.label)
  if (belongings?.dictionary != null) bytes += dictionaryBytes + look.size(belongings.dictionary.entries())
  return saved === null ? bytes : bytes + ringBytes + pointer * saved.size + sizeOfMessages(saved, look)
}

function sizeOfMessages(saved: Ring<unknown>, look: Look): number {
  let bytes = 0
  let seen = 0
  for (let position = saved.start; position < saved.end && look.goesOn; position++) {
    const message = saved.at(position)
    if (message === undefined) continue
    bytes += look.size(message instanceof Request ? message.payload : message)
    seen++
  }
  return seen === 0 ? 0 : Math.round((bytes * saved.size) / seen)
}

function count(monitors: Iterable<unknown> | null): number {
  return monitors === null ? 0 : [...monitors].length
}

/** One look at one process: what it has seen it does not count again. */
class Look {
  #left = lookLimit
  readonly #seen = new Set<object>()
  readonly #next: object[] = []

  get goesOn(): boolean {
    return this.#left > 0
  }

  /** The bytes of a value and of what it reaches, without the slot that holds it. */
  size(value: unknown): number {
    let bytes = this.#leaf(value)
    for (let object = this.#next.pop(); object !== undefined; object = this.#next.pop()) bytes += this.#object(object)
    return bytes
  }

  #leaf(value: unknown): number {
    if (this.#left-- <= 0) return 0
    switch (typeof value) {
      case 'string':
        return header + value.length
      case 'number':
        return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? 0 : 16
      case 'bigint':
        return header
      case 'object':
        if (value === null || isShared(value) || this.#seen.has(value)) return 0
        this.#seen.add(value)
        this.#next.push(value)
        return 0
      default:
        return 0
    }
  }

  #object(value: object): number {
    if (Array.isArray(value)) return header + 16 + pointer * value.length + this.#leaves(value)
    if (value instanceof Map) return 64 + 40 * value.size + this.#leaves(value.keys()) + this.#leaves(value.values())
    if (value instanceof Set) return 64 + 30 * value.size + this.#leaves(value)
    if (ArrayBuffer.isView(value)) return 200 + value.byteLength
    if (value instanceof Date) return 96
    if (value instanceof Error) return 400 + this.#leaves([value.message, value.stack, value.cause])
    const properties = Object.values(Object.getOwnPropertyDescriptors(value))
    // A getter is code, and is not called.
    return header + pointer * properties.length + this.#leaves(properties.map((property) => property.value as unknown))
  }

  #leaves(parts: Iterable<unknown>): number {
    let bytes = 0
    for (const part of parts) {
      if (!this.goesOn) break
      bytes += this.#leaf(part)
    }
    return bytes
  }
}

function isShared(value: object): boolean {
  return value instanceof Pid || value instanceof Ref || value instanceof ProcessRecord || isImmutable(value)
}
