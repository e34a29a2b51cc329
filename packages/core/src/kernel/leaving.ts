/**
 * Who ends by its own `exit`, as opposed to an exit signal: both die of a reason, and only here is known which it was.
 */
import type { ExitReason } from '../exit-reason.ts'
import type { AnyPid } from '../identity/pid.ts'
import type { ProcessRecord } from './process-record.ts'

let leaving: ProcessRecord | null = null

/** The process's own code ends it. */
export function leave(record: ProcessRecord, reason: ExitReason): void {
  leaving = record
  try {
    record.kernel.deaths.die(record, reason, false)
  } finally {
    leaving = null
  }
}

/** For what runs at its death (`onDeath`): whether the process has called `exit`. */
export function hasLeft(pid: AnyPid): boolean {
  return leaving !== null && leaving.pid === pid
}
