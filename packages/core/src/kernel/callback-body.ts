/**
 * The callback body: a process without a suspended function.
 *
 * Its state is one value, and a message makes the next one. A handler may return a promise; while it is pending, messages wait in the
 * mailbox and signals act. What it throws is the process's exit reason.
 */
import { toExitReason } from './deaths.ts'
import type { Body } from './body.ts'
import type { ProcessRecord } from './process-record.ts'
import { Signal } from './signal.ts'
import type { Process } from '../process/process.ts'

/**
 * A process as two functions, the kernel's own form: what behaviours and libraries are made of. The object is shared by all processes
 * that run it; the state is each process's own.
 */
export interface CallbackBody<in out M, in out S, in A = void> {
  /** Runs in the new process at its first turn; messages wait until it is done. */
  init(self: Process<M>, argument: A): S | Promise<S>
  /** Handles one message and gives the next state. */
  message(self: Process<M>, message: M, state: S): S | Promise<S>
}

/** A callback body whose types are forgotten: the kernel only passes values through. */
export interface AnyCallback {
  init(self: unknown, argument: unknown): unknown
  message(self: unknown, message: unknown, state: unknown): unknown
}

class Settled extends Signal {
  readonly body: RunningCallback
  readonly failed: boolean
  readonly value: unknown

  constructor(body: RunningCallback, failed: boolean, value: unknown) {
    super()
    this.body = body
    this.failed = failed
    this.value = value
  }

  handle(receiver: ProcessRecord): boolean {
    if (receiver.phase === 'alive') this.body.settled(receiver, this.failed, this.value)
    return false
  }
}

export class RunningCallback implements Body {
  #callbacks: AnyCallback | null
  #argument: unknown
  #self: unknown = null
  #state: unknown = undefined
  #started = false
  #busy = false
  #saved = false
  lastMessage: unknown = undefined

  constructor(callbacks: AnyCallback, argument: unknown) {
    this.#callbacks = callbacks
    this.#argument = argument
  }

  attach(self: unknown): void {
    this.#self = self
  }

  get runnable(): boolean {
    return this.#saved && !this.#busy
  }

  begin(record: ProcessRecord): boolean {
    if (!this.#started) {
      record.meetEarlyExit()
      this.#started = true
      this.#step(record, true, undefined)
    }
    if (this.#saved && !this.#busy) this.#catchUp(record)
    return false
  }

  message(record: ProcessRecord, message: unknown): boolean {
    if (this.#busy || this.#saved) {
      this.#saved = true
      record.save(message)
    } else this.#step(record, false, message)
    return false
  }

  hold(): void {
    this.#saved = true
  }

  settled(record: ProcessRecord, failed: boolean, value: unknown): void {
    this.#busy = false
    if (failed) record.kernel.deaths.die(record, toExitReason(value), true)
    else this.#state = value
  }

  stop(): void {
    this.#callbacks = null
    this.#state = undefined
    this.#saved = false
  }

  /** Messages that waited come before those in the inbox, and cost the same credit; one a turn there is in any case. */
  #catchUp(record: ProcessRecord): void {
    const { scheduler } = record.kernel
    while (!this.#busy && record.saved !== null && record.saved.size > 0) {
      this.#step(record, false, record.saved.shift())
      if (scheduler.credit-- <= 0) break
    }
    if (record.saved === null || record.saved.size === 0) this.#saved = false
  }

  #step(record: ProcessRecord, first: boolean, message: unknown): void {
    const callbacks = this.#callbacks
    if (callbacks === null) return
    this.lastMessage = message
    let next: unknown
    // A handler may make the process fetch its inbox (isAlive, demonitor with flush): what comes in then waits its turn.
    this.#busy = true
    try {
      next = first ? callbacks.init(this.#self, this.#argument) : callbacks.message(this.#self, message, this.#state)
    } catch (error) {
      if (record.phase !== 'alive') return
      record.kernel.deaths.die(record, toExitReason(error), true)
      return
    }
    this.#busy = false
    if (first) this.#argument = undefined
    if (next instanceof Promise) this.#await(record, next)
    else this.#state = next
  }

  #await(record: ProcessRecord, promise: Promise<unknown>): void {
    this.#busy = true
    promise.then(
      (value) => record.kernel.push(record, new Settled(this, false, value)),
      (error: unknown) => record.kernel.push(record, new Settled(this, true, error)),
    )
  }
}
