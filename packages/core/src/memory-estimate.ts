/**
 * About how many bytes of the heap a process holds. JavaScript does not measure memory by process, so this is counted, not measured.
 *
 * Counted are the process itself, its links, monitors and mailbox, its dictionary, and what the state of a callback body reaches: of a
 * behaviour the state that it keeps for its callbacks. Not counted is what closures and private fields hold, an async function's variables
 * among it, and what is shared by design: pids, refs, values that went through `immutable()`, code. What several processes reach by
 * reference counts for each. A look at more than {@link lookLimit} values ends: of the messages after that each counts as the mean of the
 * others, and what else there is counts as nothing.
 *
 * No getter is called but what stands in the place of an array's element. A Proxy is not told from what it stands for, so its traps run.
 * What throws over that counts as nothing.
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

/**
 * Under this key, which no user's state has, the state of a callback body may have a function that gives what it holds and no walk reaches:
 * `() => Iterable<unknown>`. Only a number is made of it, so that of a sensitive process it is asked as well.
 */
const held = '~held'

type TellHeld = () => Iterable<unknown>

export function estimateMemory(record: ProcessRecord): number {
  const { links, monitors, watchers, saved, belongings } = record
  const look = new Look()
  let bytes: number = idleBytes.async
  if (typeof record.code !== 'function') bytes = idleBytes.callback + look.size(record.state) + look.held(record.state)
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
  let found = 0
  for (const _ of monitors ?? []) found++
  return found
}

/** One look at one process: what it has seen it does not count again. */
class Look {
  #left = lookLimit
  readonly #seen = new Set<object>()
  readonly #next: object[] = []
  /** How many bytes of a buffer are counted. */
  readonly #counted = new Map<ArrayBufferLike, number>()

  get goesOn(): boolean {
    return this.#left > 0
  }

  /** The bytes of a value and of what it reaches, without the slot that holds it. */
  size(value: unknown): number {
    let bytes = this.#leaf(value)
    for (let object = this.#next.pop(); object !== undefined; object = this.#next.pop()) bytes += this.#read(object)
    return bytes
  }

  /** The bytes of what a behaviour says that it holds. */
  held(state: unknown): number {
    if (typeof state !== 'object' || state === null) return 0
    let bytes = 0
    try {
      if (!(held in state)) return 0
      for (const part of (state[held] as TellHeld)()) {
        if (!this.goesOn) break
        bytes += this.size(part)
      }
    } catch {
      // What it has told so far is all that is known.
    }
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
        if (value === null || this.#seen.has(value)) return 0
        this.#seen.add(value)
        this.#next.push(value)
        return 0
      default:
        return 0
    }
  }

  /** One value that cannot be read must not take the others of all processes with it. */
  #read(value: object): number {
    try {
      return isShared(value) ? 0 : this.#object(value)
    } catch {
      return 0
    }
  }

  #object(value: object): number {
    if (Array.isArray(value)) return header + 16 + pointer * value.length + this.#elements(value)
    if (value instanceof Map) return 64 + 40 * value.size + this.#leaves(value.keys()) + this.#leaves(value.values())
    if (value instanceof Set) return 64 + 30 * value.size + this.#leaves(value)
    if (ArrayBuffer.isView(value)) return 200 + this.#bytes(value.buffer, value.byteLength)
    if (value instanceof ArrayBuffer) return 100 + this.#bytes(value, value.byteLength)
    if (value instanceof Date) return 96
    if (value instanceof Error) return 400 + this.#parts(value, ['message', 'stack', 'cause']) + this.#properties(value)
    return header + this.#properties(value)
  }

  /** Of all views of a buffer, and of itself, no more than it has. */
  #bytes(buffer: ArrayBufferLike, wanted: number): number {
    const before = this.#counted.get(buffer) ?? 0
    const after = Math.min(buffer.byteLength, before + wanted)
    this.#counted.set(buffer, after)
    return after - before
  }

  /** The keys of an object can only be had all at once, so none are asked for after the limit. */
  #properties(value: object): number {
    if (!this.goesOn) return 0
    const keys = Object.keys(value)
    return pointer * keys.length + this.#parts(value, keys)
  }

  /** A getter is code, and is not called. */
  #parts(value: object, keys: readonly string[]): number {
    let bytes = 0
    for (let at = 0; at < keys.length && this.goesOn; at++)
      bytes += this.#leaf(Object.getOwnPropertyDescriptor(value, keys[at]!)?.value)
    return bytes
  }

  #elements(value: readonly unknown[]): number {
    let bytes = 0
    for (let at = 0; at < value.length && this.goesOn; at++) bytes += this.#leaf(value[at])
    return bytes
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
