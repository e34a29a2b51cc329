/**
 * The async body: a process as an async function, a layer on the kernel's turns.
 *
 * Its awaited operations resolve on the process's own turn and only while it lives, so after death none of them ever
 * settles: no `catch`, `finally` or loop goes on as the process. What it throws is its exit reason; when it returns, the reason
 * is normal.
 */
import { coreError } from '../errors.ts'
import { TimerEntry } from '../timers/timer-queue.ts'
import type { Process } from '../process/process.ts'
import type { Body } from './body.ts'
import { toExitReason } from './deaths.ts'
import { refused } from './heard.ts'
import type { ProcessRecord } from './process-record.ts'
import { WakeSignal } from './signal.ts'

/** A process as an async function. It ends when the function does. */
export type AsyncBody<M> = (self: Process<M>) => Promise<unknown>

/** An async body whose types are forgotten. */
export type AnyAsync = (self: Process<never>) => Promise<unknown>

/** What `receive` resolves with when its time is up. A symbol cannot be sent, so no message can be mistaken for it. */
export const timedOut: unique symbol = Symbol.for('@agner/core/timedOut')

export type Guard = (message: never) => boolean

/** One receive that waits. */
interface Waiting {
  readonly guard: Guard | null
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  deadline: Deadline | null
}

/** The end of a receive with a timeout: a timer of its own, since most receives have none. */
class Deadline extends TimerEntry {
  readonly record: ProcessRecord
  readonly #expire: () => void

  constructor(record: ProcessRecord, expire: () => void) {
    super()
    this.record = record
    this.#expire = expire
  }

  fire(): void {
    this.record.kernel.push(this.record, new WakeSignal(this.#expire))
  }
}

/** How many messages a body may receive without giving the others a turn. */
const receivesPerTurn = 64

/**
 * What every awaited operation of a dead process gives. A new promise each time: one for all would hold on to every body that ever
 * waited on it.
 */
export function afterDeath<T>(): Promise<T> {
  return new Promise(() => {})
}

export class RunningAsync implements Body {
  #function: AnyAsync | null
  #self: Process<never> | null = null
  #waiting: Waiting | null = null
  #received = 0
  lastMessage: unknown = undefined
  readonly runnable = false

  constructor(body: AnyAsync) {
    this.#function = body
  }

  attach(self: Process<never>): void {
    this.#self = self
  }

  begin(record: ProcessRecord): boolean {
    this.#received = 0
    const body = this.#function
    if (body === null || record.phase !== 'alive') return false
    record.meetEarlyExit()
    if (record.phase !== 'alive') return false
    this.#function = null
    this.run(record, body)
    return false
  }

  /** Goes on as another function, on the next turn and an empty stack. The old one is cut off by its token, and what it still waits for is given up. */
  become(record: ProcessRecord, body: AnyAsync): void {
    if (this.#waiting !== null) this.#endWait(record, this.#waiting)
    this.#running = null
    this.#function = body
    record.kernel.scheduler.enqueue(record)
  }

  run(record: ProcessRecord, body: AnyAsync): void {
    const token = (this.#running = {})
    const end = (thrown: boolean, value: unknown) => {
      if (this.#running !== token || record.phase !== 'alive') return
      record.kernel.deaths.die(record, thrown ? toExitReason(value) : 'normal', thrown)
    }
    let promise: unknown
    try {
      promise = body(this.#self!)
    } catch (error) {
      end(true, error)
      return
    }
    if (promise instanceof Promise)
      promise.then(
        () => end(false, undefined),
        (error: unknown) => end(true, error),
      )
    else end(false, undefined)
  }

  #running: object | null = null

  /** A message only resumes the body, which runs later; there is nothing to hold. */
  hold(): void {}

  message(record: ProcessRecord, message: unknown): boolean {
    const waiting = this.#waiting
    if (waiting === null) {
      record.save(message)
      return false
    }
    try {
      if (waiting.guard !== null && !waiting.guard(message as never)) {
        record.save(message)
        return false
      }
    } catch (error) {
      record.save(message)
      this.#endWait(record, waiting)
      waiting.reject(error)
      return true
    }
    this.#endWait(record, waiting)
    this.lastMessage = message
    waiting.resolve(message)
    return true
  }

  /**
   * Takes the first message, in order of arrival, that the guard lets through.
   *
   * What has arrived is handled first, so that a timeout of 0 sees a message that was sent just before. The deadline counts from
   * here and is not started again by messages that do not match.
   */
  receive(record: ProcessRecord, guard: Guard | null, timeoutMs: number, since: number): Promise<unknown> {
    if (this.#waiting !== null) return refused(coreError('receive.pending'))
    record.fetch()
    if (record.phase !== 'alive') return afterDeath()
    let found: unknown
    try {
      found = this.#find(record, guard, since)
    } catch (error) {
      return refused(error)
    }
    if (found !== timedOut) return this.#hand(record, found)
    if (timeoutMs === 0) return this.#hand(record, timedOut)
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { guard, resolve, reject, deadline: null }
      this.#waiting = waiting
      if (timeoutMs !== Infinity) this.#limit(record, waiting, timeoutMs)
    })
  }

  #limit(record: ProcessRecord, waiting: Waiting, timeoutMs: number): void {
    waiting.deadline = new Deadline(record, () => {
      if (this.#waiting !== waiting) return
      this.#waiting = null
      waiting.resolve(timedOut)
    })
    record.kernel.timers.set(waiting.deadline, timeoutMs)
  }

  stop(record: ProcessRecord): void {
    if (this.#waiting !== null) this.#endWait(record, this.#waiting)
    this.#function = null
    this.#running = null
  }

  #endWait(record: ProcessRecord, { deadline }: Waiting): void {
    this.#waiting = null
    if (deadline !== null) record.kernel.timers.cancel(deadline)
  }

  #find(record: ProcessRecord, guard: Guard | null, since: number): unknown {
    const saved = record.saved
    if (saved === null || saved.size === 0) return timedOut
    for (let position = Math.max(saved.start, since); position < saved.end; position++) {
      const message = saved.at(position)
      if (message === undefined || (guard !== null && !guard(message as never))) continue
      this.lastMessage = message
      return saved.take(position)
    }
    return timedOut
  }

  /** Resumes at once, but only so often: then the body waits its turn like everybody else. */
  #hand(record: ProcessRecord, value: unknown): Promise<unknown> {
    record.kernel.scheduler.credit--
    if (++this.#received < receivesPerTurn) return Promise.resolve(value)
    return new Promise((resolve) => record.kernel.push(record, new WakeSignal(() => resolve(value))))
  }
}
