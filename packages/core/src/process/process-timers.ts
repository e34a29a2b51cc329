/**
 * Timers that processes set. One whose destination is a pid ends with that process, whoever set it; one to a name outlives its creator
 * and looks the name up when the time comes (erlang:send_after/3). Any process of the node that has the ref may cancel or read it.
 */
import { coreError } from '../errors.ts'
import { Pid } from '../identity/pid.ts'
import { Ref } from '../identity/ref.ts'
import { wantAddress, wantRef } from '../identity/wanted.ts'
import { afterDeath } from '../kernel/async-body.ts'
import { refusedTo } from '../kernel/heard.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Belongings, ProcessRecord } from '../kernel/process-record.ts'
import { WakeSignal } from '../kernel/signal.ts'
import { TimerEntry } from '../timers/timer-queue.ts'
import { none } from '../timers/timer-slots.ts'
import { copy } from '../values/copy.ts'
import { copyMessage, sendCopied } from './operations.ts'
import type { CancelTimerOptions, Destination, ReadTimerOptions, TimerOptions } from './process.ts'

/** Erlang takes no longer delay either: 278 years. */
const longestDelayMs = 2 ** 43

/** A timer that sends a message. It is its own ref, since nothing is made more often than one of the two. */
export class MessageTimer extends Ref implements TimerEntry<Kernel> {
  timerSlot: number = none
  declare readonly to: Destination<never>
  declare message: unknown

  constructor(creator: ProcessRecord, to: Destination<never>, message: unknown) {
    super(creator.kernel.identity, ++creator.kernel.refIds)
    if (creator.saved !== null) {
      this.mark = creator.saved.end
      this.maker = creator.pid
    }
    this.to = to
    this.message = message
  }

  fire(kernel: Kernel): void {
    const { to, message } = this
    this.message = undefined
    // Nobody's: its order to what its creator sends is not promised, and its creator may be dead.
    sendCopied(kernel, null, to, message, true)
  }
}

/** @throws `timer.bad_delay`, `timer.bad_time`, `timer.too_many`, `copy.unsendable` */
export function sendAfter(
  record: ProcessRecord,
  ms: number,
  to: Destination<never>,
  message: unknown,
  options: TimerOptions | undefined,
): Ref {
  if (!record.lives) return record.kernel.makeRef(null)
  const abs = options?.abs === true
  check(record.kernel, ms, abs)
  const kept = to instanceof Pid || to instanceof Ref || typeof to === 'string' ? to : wantAddress(to)
  return start(record, ms, abs, new MessageTimer(record, kept, copyMessage(message)))
}

/** As `sendAfter` to itself, in a {@link TimeoutMessage}. */
export function startTimer(
  record: ProcessRecord,
  ms: number,
  message: unknown,
  options: TimerOptions | undefined,
): Ref {
  if (!record.lives) return record.kernel.makeRef(null)
  const abs = options?.abs === true
  check(record.kernel, ms, abs)
  const ref = new MessageTimer(record, record.pid, undefined)
  ref.message = { type: 'timeout', ref, message: copy(message) }
  return start(record, ms, abs, ref)
}

function start(record: ProcessRecord, ms: number, abs: boolean, timer: MessageTimer): Ref {
  const { kernel } = record
  const { to } = timer
  let owner: Belongings | null = null
  if (to instanceof Pid) {
    const target = kernel.local(to)
    // For the dead it is as if it had been cancelled at once.
    if (target === null || (target !== 'remote' && !target.lives)) return timer
    if (target !== 'remote') owner = target.belong()
  }
  if (abs) kernel.timers.setAt(timer, ms, owner)
  else kernel.timers.set(timer, ms, owner)
  return timer
}

/** Rejects with `timer.bad_delay`, `timer.too_many`. */
export function sleep(record: ProcessRecord, ms: number): Promise<void> {
  if (!record.lives) return afterDeath()
  try {
    check(record.kernel, ms, false)
  } catch (error) {
    return refusedTo(record, error)
  }
  return new Promise((resolve) => record.kernel.timers.set(new SleepTimer(record, resolve), ms, record.belong()))
}

class SleepTimer extends TimerEntry<Kernel> {
  readonly #record: ProcessRecord
  readonly #wake: () => void
  readonly #era: number

  constructor(record: ProcessRecord, wake: () => void) {
    super()
    this.#record = record
    this.#wake = wake
    this.#era = record.body.era
  }

  fire(kernel: Kernel): void {
    kernel.push(this.#record, new WakeSignal(this.#wake, this.#era))
  }
}

/** @throws `ref.bad` */
export function cancelTimer(
  record: ProcessRecord,
  ref: Ref,
  options: CancelTimerOptions | undefined,
): number | false | undefined {
  const timer = messageTimer('cancelTimer', record, ref)
  const tells = options?.info !== false
  const leftMs = timer !== null && tells && record.kernel.timers.leftMs(timer)
  if (timer !== null && record.kernel.timers.cancel(timer)) timer.message = undefined
  if (options?.async !== true) return tells ? leftMs : undefined
  if (tells) record.kernel.push(record, { type: 'cancelTimer', ref, leftMs })
  return undefined
}

/** @throws `ref.bad` */
export function readTimer(
  record: ProcessRecord,
  ref: Ref,
  options: ReadTimerOptions | undefined,
): number | false | undefined {
  const timer = messageTimer('readTimer', record, ref)
  const leftMs = timer !== null && record.kernel.timers.leftMs(timer)
  if (options?.async !== true) return leftMs
  record.kernel.push(record, { type: 'readTimer', ref, leftMs })
  return undefined
}

/** The timer of a ref that this node made; the dead have none. */
function messageTimer(operation: string, record: ProcessRecord, ref: Ref): MessageTimer | null {
  if (ref instanceof MessageTimer) return ref.identity === record.kernel.identity && record.lives ? ref : null
  wantRef(operation, ref)
  return null
}

function check(kernel: Kernel, ms: number, abs: boolean): void {
  if (!(typeof ms === 'number' && ms <= longestDelayMs && (ms >= 0 || (abs && ms >= -longestDelayMs))))
    throw coreError(abs ? 'timer.bad_time' : 'timer.bad_delay', { value: String(ms), longestMs: longestDelayMs })
  if (kernel.timers.size < kernel.timerLimit) return
  kernel.limitsMet.refusedTimers++
  throw coreError('timer.too_many', { limit: kernel.timerLimit })
}
