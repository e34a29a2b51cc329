/**
 * Timers that belong to processes. A timer whose destination is a pid is cancelled when that process dies; one to a name outlives its
 * creator and looks the name up when the time comes (erlang:send_after/3).
 */
import { coreError } from '../errors.ts'
import { Pid } from '../identity/pid.ts'
import type { Ref } from '../identity/ref.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import { WakeSignal } from '../kernel/signal.ts'
import { TimerEntry } from '../timers/timer-queue.ts'
import { sendCopied } from './operations.ts'
import type { Destination } from './process.ts'

/** @throws `timer.bad_delay` */
export function setTimer(record: ProcessRecord, entry: SleepTimer | MessageTimer, ms: number): void {
  if (typeof ms !== 'number' || !(ms >= 0) || ms === Infinity) throw coreError('timer.bad_delay', { value: String(ms) })
  if (entry.isVoid) return
  if (entry.keeper !== null) (entry.keeper.belong().timers ??= new Set()).add(entry)
  record.kernel.timers.set(entry, ms)
}

/** The message timer of a ref that this node made. */
function messageTimer(record: ProcessRecord, ref: Ref): MessageTimer | null {
  return ref.identity === record.kernel.identity && ref.holds instanceof MessageTimer ? ref.holds : null
}

/** @returns the milliseconds that were left; false if it has fired, was cancelled, or is no timer of this node. */
export function cancelTimer(record: ProcessRecord, ref: Ref): number | false {
  const entry = messageTimer(record, ref)
  if (entry === null) return false
  entry.keeper?.belongings?.timers?.delete(entry)
  return record.kernel.timers.cancel(entry)
}

export function readTimer(record: ProcessRecord, ref: Ref): number | false {
  const entry = messageTimer(record, ref)
  return entry !== null && entry.pending ? record.kernel.timers.leftMs(entry.atMs) : false
}

export class SleepTimer extends TimerEntry {
  readonly isVoid = false
  /** The process whose death cancels the timer. */
  readonly keeper: ProcessRecord
  readonly #wake: () => void

  constructor(record: ProcessRecord, wake: () => void) {
    super()
    this.keeper = record
    this.#wake = wake
  }

  fire(): void {
    this.keeper.belongings?.timers?.delete(this)
    this.keeper.kernel.push(this.keeper, new WakeSignal(this.#wake))
  }
}

export class MessageTimer extends TimerEntry {
  readonly keeper: ProcessRecord | null
  /** Its destination is dead already: it is as if it had been cancelled at once. */
  readonly isVoid: boolean
  readonly #creator: ProcessRecord
  readonly #to: Destination<never>
  readonly #message: unknown

  constructor(creator: ProcessRecord, ref: Ref, to: Destination<never>, message: unknown) {
    super()
    const target = to instanceof Pid ? creator.kernel.local(to) : null
    this.keeper = target === 'remote' ? null : target
    this.isVoid = to instanceof Pid && target !== 'remote' && target?.phase !== 'alive'
    this.#creator = creator
    this.#to = to
    this.#message = message
    ref.holds = this
  }

  fire(): void {
    this.keeper?.belongings?.timers?.delete(this)
    sendCopied(this.#creator.kernel, this.#creator.pid, this.#to, this.#message, true)
  }
}
