/**
 * The async body: a process as an async function, a layer on the kernel's turns.
 *
 * Its awaited operations resolve on the process's own turn and only while it lives, so after death none of them ever
 * settles: no `catch`, `finally` or loop goes on as the process. What it throws is its exit reason; when it returns, the reason
 * is normal. To resume one runs none of its code: that follows in a microtask, and until then the scheduler leaves the process alone.
 */
import { coreError } from '../errors.ts'
import { TimerEntry } from '../timers/timer-queue.ts'
import type { Process } from '../process/process.ts'
import type { Body } from './body.ts'
import { toExitReason } from './deaths.ts'
import { refusedTo } from './heard.ts'
import { takeContext } from './message-context.ts'
import type { ProcessRecord } from './process-record.ts'
import { flood } from './scheduler.ts'
import { WakeSignal } from './signal.ts'

/** A process as an async function. It ends when the function does. */
export type AsyncBody<M> = (self: Process<M>) => Promise<unknown>

/** An async body whose types are forgotten. */
export type AnyAsync = (self: unknown, argument: unknown) => unknown

/** What `receive` resolves with when its time is up. A symbol cannot be sent, so no message can be mistaken for it. */
export const timedOut: unique symbol = Symbol.for('@agner/core/timedOut')

export type Guard = (message: never) => boolean

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

/** The guard ended its process, or made it another. */
const cutOff: unique symbol = Symbol('cutOff')

/** How many messages a body may receive without giving the others a turn. */
const receivesPerTurn = 1024

/**
 * What every awaited operation of a dead process gives. A new promise each time: one for all would hold on to every body that ever
 * waited on it.
 */
export function afterDeath<T>(): Promise<T> {
  return new Promise(() => {})
}

type Resolve = (value: unknown) => void

// One executor for all, since a closure and its context for each receive cost more than the promise.
let kept: Resolve
const keep = (resolve: Resolve): void => {
  kept = resolve
}

const any = (): boolean => true

/** Waits for a message to begin with: the guard, and the resolve, of a body that hibernates. */
const asleep = (): boolean => false

export class RunningAsync implements Body {
  era = 0
  /** Resolves the receive that waits. */
  #resolve: Resolve | null = null
  #guard: Guard | null = null
  #function: AnyAsync | null
  #argument: unknown
  /** What the function returned: who settles later is not it any more. */
  #running: unknown = null
  #deadline: Deadline | null = null
  #received = 0
  #lastMessage: unknown = undefined

  constructor(body: AnyAsync, argument: unknown) {
    this.#function = body
    this.#argument = argument
  }

  begin(record: ProcessRecord): boolean {
    const body = this.#function
    if (record.suspended) return false
    record.attention = false
    if (body === null || this.hibernates) return false
    if (!record.begun) record.meetEarlyExit()
    if (!record.lives) return false
    record.begun = true
    this.#function = null
    record.onTurn = true
    this.#run(record, body)
    record.onTurn = false
    return false
  }

  /**
   * Goes on as another function, on the next turn and an empty stack. The old one is cut off: what it still waits for is given up,
   * and it has ended when its promise settles or never.
   */
  become(record: ProcessRecord, body: AnyAsync, argument: unknown): void {
    if (this.#resolve !== null) this.#endWait(record)
    this.era++
    for (let request = record.outgoing; request !== null; request = request.laterOut) request.abandon()
    record.outgoing = null
    const belongings = record.belong()
    belongings.initialCall ??= record.code === null ? null : record.kernel.modules.nameOf(record.code)
    record.code = body
    this.#running = null
    this.#function = body
    this.#argument = argument
    record.attention = true
    record.kernel.scheduler.enqueue(record)
  }

  /** Goes on as another function once there is a message, with nothing of the old one kept (erlang:hibernate/3). */
  hibernate(record: ProcessRecord, body: AnyAsync, argument: unknown): void {
    this.become(record, body, argument)
    record.fetch()
    if (!record.lives || (record.saved !== null && record.saved.size > 0)) return
    record.attention = false
    record.shrink()
    this.#lastMessage = undefined
    this.#guard = this.#resolve = asleep
  }

  /** It waits for a message. */
  get receives(): boolean {
    return this.#resolve !== null
  }

  get hibernates(): boolean {
    return this.#guard === asleep
  }

  #wake(record: ProcessRecord): void {
    this.#endWait(record)
    record.attention = true
    record.kernel.scheduler.enqueue(record)
  }

  #run(record: ProcessRecord, body: AnyAsync): void {
    let running: unknown
    const argument = this.#argument
    this.#argument = undefined
    const { era } = this
    try {
      running = body(record, argument)
      if (running === null || typeof running !== 'object' || !('then' in running)) {
        if (this.era === era) this.#ended(record, false, undefined)
        return
      }
    } catch (error) {
      if (this.era === era) this.#ended(record, true, error)
      return
    }
    // It may have become another before its first await, or be dead: only its late rejection is of concern then, and that concerns nobody.
    if (this.era === era && record.lives) this.#running = running
    try {
      const promise = running instanceof Promise ? running : Promise.resolve(running)
      promise.then(
        () => {
          if (this.#running === running) this.#ended(record, false, undefined)
        },
        (error: unknown) => {
          if (this.#running === running) this.#ended(record, true, error)
        },
      )
    } catch (error) {
      // A promise with a then of its own: what that throws is not thrown at the scheduler.
      if (this.#running === running) this.#ended(record, true, error)
    }
  }

  #ended(record: ProcessRecord, thrown: boolean, value: unknown): void {
    if (record.lives) record.kernel.deaths.die(record, thrown ? toExitReason(value) : 'normal', thrown)
  }

  lastMessage(): unknown {
    return this.#lastMessage
  }

  /** A message only resumes the body, which runs later; but nothing may move under a guard that looks at the mailbox. */
  hold(record: ProcessRecord): boolean {
    return !record.busy
  }

  takesAtOnce(record: ProcessRecord, message: unknown): boolean {
    if (record.holdsMessages || !record.isUnseen || this.#guard !== null) return false
    const resolve = this.#resolve
    if (!record.kernel.scheduler.mayHandOver()) return false
    record.spend(1)
    if (resolve === null) record.save(message)
    else {
      record.resumedAt = record.kernel.scheduler.stamp
      this.#take(record, resolve, message)
    }
    return true
  }

  message(record: ProcessRecord, message: unknown): boolean {
    const resolve = this.#resolve
    if (resolve === null || record.suspended) {
      record.save(message)
      return false
    }
    const guard = this.#guard
    if (guard !== null) {
      if (guard === asleep) {
        record.save(message)
        this.#wake(record)
        return false
      }
      const { era } = this
      let passes = false
      let refusal: Promise<never> | null = null
      record.busy = true
      try {
        passes = guard(message as never)
      } catch (error) {
        refusal = refusedTo(record, error)
      }
      record.busy = false
      // A guard may have ended its process, or made it another: then this receive is no more.
      if (!record.lives) return false
      if (!passes || this.era !== era) {
        record.save(message)
        if (this.hibernates) this.#wake(record)
        if (refusal === null || this.era !== era) return false
        this.#endWait(record)
        resolve(refusal)
        return true
      }
    }
    this.#take(record, resolve, message)
    return true
  }

  #take(record: ProcessRecord, resolve: Resolve, message: unknown): void {
    this.#endWait(record)
    this.#lastMessage = message
    resolve(message)
  }

  /**
   * Takes the first message, in order of arrival, that the guard lets through.
   *
   * What has arrived is handled first, so that a timeout of 0 sees a message that was sent just before. The deadline counts from
   * here and is not started again by messages that do not match.
   */
  receive(record: ProcessRecord, guard: Guard | null, timeoutMs: number, since: number): Promise<unknown> {
    if (this.#resolve !== null || record.busy) return refusedTo(record, coreError('receive.pending'))
    if (record.arrived > 0) {
      record.fetch()
      if (!record.lives) return afterDeath()
    }
    if (record.saved !== null && record.saved.size > 0) {
      // Most receives take whatever is first, and need not look.
      if (guard === null && since === 0) {
        if (record.contextual) takeContext(record, record.saved.start)
        return this.#hand(record, (this.#lastMessage = record.saved.shift()))
      }
      const { era } = this
      let found: unknown
      try {
        found = this.#find(record, guard, since)
      } catch (error) {
        return record.lives && this.era === era ? refusedTo(record, error) : afterDeath()
      }
      if (found === cutOff) return afterDeath()
      if (found !== timedOut) return this.#hand(record, found)
    }
    if (timeoutMs === 0) return this.#hand(record, timedOut)
    this.#received = 0
    const promise = new Promise(keep)
    this.#resolve = kept
    this.#guard = guard
    if (timeoutMs !== Infinity) this.#limit(record, kept, timeoutMs)
    return promise
  }

  #limit(record: ProcessRecord, resolve: Resolve, timeoutMs: number): void {
    this.#deadline = new Deadline(record, () => {
      if (this.#resolve !== resolve) return
      this.#endWait(record)
      resolve(timedOut)
    })
    record.kernel.timers.setSoon(this.#deadline, timeoutMs)
  }

  stop(record: ProcessRecord): void {
    this.#endWait(record)
    this.#function = null
    this.#argument = undefined
    this.#running = null
    record.attention = false
  }

  #endWait(record: ProcessRecord): void {
    this.#resolve = null
    this.#guard = null
    if (this.#deadline === null) return
    record.kernel.timers.cancel(this.#deadline)
    this.#deadline = null
  }

  #find(record: ProcessRecord, guard: Guard | null, since: number): unknown {
    const saved = record.saved!
    const { era } = this
    record.busy = true
    let position: number
    try {
      position = saved.find((guard as ((message: unknown) => boolean) | null) ?? any, since)
    } finally {
      record.busy = false
    }
    if (this.era !== era || !record.lives) return cutOff
    if (position < 0) return timedOut
    if (record.contextual) takeContext(record, position)
    return (this.#lastMessage = saved.take(position))
  }

  /** Resumes at once, but only so often: then the body waits its turn like everybody else. */
  #hand(record: ProcessRecord, value: unknown): Promise<unknown> {
    const { scheduler } = record.kernel
    if (!record.suspended && ++this.#received < receivesPerTurn && scheduler.mayGoOn(record))
      return Promise.resolve(value)
    this.#received = 0
    const promise = new Promise((resolve) => record.kernel.push(record, new WakeSignal(() => resolve(value), this.era)))
    if (record.mailboxLength >= flood) scheduler.hurry(record)
    return promise
  }
}
