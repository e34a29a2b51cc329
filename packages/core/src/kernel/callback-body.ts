/**
 * The callback body: a process without a suspended function.
 *
 * Its state is one value, and a message makes the next one. A handler may return a promise; while it is pending, messages wait in the
 * mailbox and signals act. What it throws is the process's exit reason. One driver serves all processes: what is each one's own
 * stands in its record.
 */
import type { ExitReason } from '../exit-reason.ts'
import { toExitReason } from './deaths.ts'
import type { Body } from './body.ts'
import { takeContext } from './message-context.ts'
import type { ProcessRecord } from './process-record.ts'
import { Signal } from './signal.ts'
import { hold } from './suspension.ts'
import type { Process } from '../process/process.ts'
import { isThenable } from './thenable.ts'

/** What a callback gives: the next state, or the end of the process; at once, or later. */
export type CallbackStep<S> = S | Finish | Promise<S | Finish>

/**
 * A process as two functions, the kernel's own form: what behaviours and libraries are made of. The object is shared by all processes
 * that run it; the state is each process's own.
 */
export interface CallbackBody<in out M, in out S, in A = void> {
  /** What process info and reports call it, unless it stands in a registered module. */
  readonly name?: string
  /** Runs in the new process at its first turn; messages wait until it is done. */
  init(self: Process<M>, argument: A): CallbackStep<S>
  /** Handles one message and gives the next state, or {@link finish}. */
  message(self: Process<M>, message: M, state: S): CallbackStep<S>
}

/** What {@link finish} returns. */
export class Finish {
  /** @internal */
  readonly reason: ExitReason

  /** @internal */
  constructor(reason: ExitReason) {
    this.reason = reason
  }
}

const normally = new Finish('normal')

/**
 * Ends a callback process with its present message: `return finish()`. As `self.exit(reason)`, without the throw, which costs more than all
 * else in the life of a short process.
 */
export function finish(reason: ExitReason = 'normal'): Finish {
  return reason === 'normal' ? normally : new Finish(toExitReason(reason))
}

/** A callback body whose types are forgotten: the kernel only passes values through. */
export interface AnyCallback {
  init(self: unknown, argument: unknown): unknown
  message(self: unknown, message: unknown, state: unknown): unknown
}

/** The promise of a handler has settled. */
class Settled extends Signal {
  readonly failed: boolean
  readonly value: unknown
  readonly message: unknown

  constructor(failed: boolean, value: unknown, message: unknown) {
    super()
    this.failed = failed
    this.value = value
    this.message = message
  }

  handle(receiver: ProcessRecord): boolean {
    if (!receiver.lives) return false
    if (receiver.suspended) return hold(receiver, this)
    receiver.busy = false
    if (this.failed) crash(receiver, this.value, this.message)
    else step(receiver, this.value)
    return false
  }
}

function crash(record: ProcessRecord, error: unknown, message: unknown): void {
  const { kernel } = record
  kernel.crashedOver = message
  kernel.deaths.die(record, toExitReason(error), true)
  kernel.crashedOver = undefined
}

/** Takes what a callback gave. */
function step(record: ProcessRecord, next: unknown): void {
  if (next instanceof Finish) record.kernel.deaths.die(record, next.reason, false)
  else record.state = next
}

function settle(record: ProcessRecord, next: unknown, message: unknown): void {
  if (typeof next !== 'object' || next === null) record.state = next
  else if (isThenable(next)) wait(record, Promise.resolve(next), message)
  else step(record, next)
}

function init(record: ProcessRecord): void {
  record.enter()
  try {
    const first = (record.code as AnyCallback).init(record, record.state)
    if (!record.lives) return
    record.leave()
    settle(record, first, undefined)
  } catch (error) {
    if (record.lives) crash(record, error, undefined)
  }
}

function run(record: ProcessRecord, message: unknown): void {
  const { state } = record
  // A handler may make the process fetch its inbox (isAlive, demonitor with flush): what comes in then waits its turn.
  record.enter()
  try {
    const next = (record.code as AnyCallback).message(record, message, state)
    if (!record.lives) return
    record.leave()
    // Within the try, too: of a hostile object even the question what it is may throw, and that is not thrown at the scheduler.
    if (next !== state) settle(record, next, message)
  } catch (error) {
    if (record.lives) crash(record, error, message)
  }
}

function wait(record: ProcessRecord, promise: Promise<unknown>, message: unknown): void {
  record.busy = true
  promise.then(
    (value) => record.kernel.push(record, new Settled(false, value, message)),
    (error: unknown) => record.kernel.push(record, new Settled(true, error, message)),
  )
}

/** Messages that waited come before those in the inbox, and cost the same credit; one a turn there is in any case. */
function catchUp(record: ProcessRecord): boolean {
  const { scheduler } = record.kernel
  let isOver = false
  if (record.selective) select(record)
  while (!isOver && !record.holdsCode && !record.selective && record.saved !== null && record.saved.size > 0) {
    if (record.contextual) takeContext(record, record.saved.start)
    run(record, record.saved.shift())
    record.spend(1)
    isOver = --scheduler.credit <= 0 && scheduler.endsTurn()
  }
  if (record.saved === null || record.saved.size === 0) record.attention = false
  return isOver
}

/** A body that takes only some messages goes through those that wait; it may find all welcome again on the way. */
function select(record: ProcessRecord): void {
  const { saved } = record
  let position = saved === null ? 0 : saved.start
  while (saved !== null && record.selective && !record.holdsCode && record.lives && position < saved.end) {
    const message = saved.at(position)
    if (message !== undefined && takes(record, message)) {
      if (record.contextual) takeContext(record, position)
      run(record, saved.take(position))
    }
    position++
  }
  if (record.selective && !record.holdsCode) record.attention = false
}

function takes(record: ProcessRecord, message: unknown): boolean {
  const test = record.belongings === null ? null : record.belongings.takes
  return test === null || test(message)
}

function holdBack(record: ProcessRecord, message: unknown): void {
  if (record.holdsCode || record.attention) record.attention = true
  else if (takes(record, message)) return run(record, message)
  record.save(message)
}

export const callbackBody: Body = {
  era: 0,

  begin(record) {
    if (record.holdsCode) return false
    if (!record.begun) {
      record.meetEarlyExit()
      if (!record.lives) return false
      record.begun = true
      init(record)
    }
    return catchUp(record)
  },

  message(record, message) {
    if (record.holdsMessages) holdBack(record, message)
    else run(record, message)
    return false
  },

  takesAtOnce: () => false,

  hold(record) {
    record.attention = true
    return true
  },

  stop(record) {
    record.code = null
    record.state = undefined
    record.attention = false
  },

  lastMessage: (record) => record.kernel.crashedOver,
}
