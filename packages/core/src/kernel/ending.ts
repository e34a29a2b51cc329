/**
 * The seam for supervisors: a process waits for the end of another, which it has asked to end, and loses patience.
 *
 *     whenGone(self, pid, limitMs, late, gone)      monitor ─┬─ DOWN ──► gone(reason)
 *                                                            └─ after limitMs ──► late(), and on with it
 *
 * No message comes of it: both are called in the turn of the process, or of its node's timers. The clock is not read for
 * a process that ends before the next macrotask.
 */
import type { ExitReason } from '../exit-reason.ts'
import type { AnyPid } from '../identity/pid.ts'
import type { AnyProcess } from '../process/process.ts'
import { TimerEntry } from '../timers/timer-queue.ts'
import type { ProcessRecord } from './process-record.ts'

class Patience extends TimerEntry {
  readonly #late: () => void

  constructor(late: () => void) {
    super()
    this.#late = late
  }

  fire(): void {
    this.#late()
  }
}

/** @param limitMs Infinity waits for ever. `late` runs no code of a process: it sends a signal. */
export function whenGone(
  self: AnyProcess,
  pid: AnyPid,
  limitMs: number,
  late: () => void,
  gone: (reason: ExitReason) => void,
): void {
  const record = self as unknown as ProcessRecord
  if (!record.lives) return
  const { monitors, timers } = record.kernel
  let patience: Patience | null = null
  const onDown = (reason: ExitReason): void => {
    if (patience !== null) timers.cancel(patience)
    gone(reason)
  }
  monitors.monitor(record, pid, record.kernel.makeRef(null), { onDown })
  if (limitMs === Infinity) return
  patience = new Patience(late)
  timers.setSoon(patience, limitMs)
}
