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
  if (entry.keeper !== null) (entry.keeper.belong().timers ??= new Set()).add(entry)
  record.kernel.timers.set(entry, ms)
}

export class SleepTimer extends TimerEntry {
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
  readonly #creator: ProcessRecord
  readonly #to: Destination<never>
  readonly #message: unknown

  constructor(creator: ProcessRecord, ref: Ref, to: Destination<never>, message: unknown) {
    super()
    const target = to instanceof Pid ? creator.kernel.local(to) : null
    this.keeper = target === 'remote' ? null : target
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
