/**
 * What a process runs. There are two: a message callback (`callback-body.ts`), the kernel's own form, and an async function
 * (`async-body.ts`), a layer on it.
 */
import type { ProcessRecord } from './process-record.ts'

export interface Body {
  /**
   * Counts the functions that the process has been, one after the other: what an earlier one still waits for does not resume its
   * successor.
   */
  readonly era: number
  /**
   * Called at a turn, before anything is handled, while the record asks for attention: starts the body, or goes on with what was held.
   * True when that took all of the turn.
   */
  begin(record: ProcessRecord): boolean
  /** A message was handled by a live process: take it, or save it. True when an async body was resumed. */
  message(record: ProcessRecord, message: unknown): boolean
  /**
   * A message arrives and nothing waits in front of it. Taking it now is the same as taking it in its turn if that runs no code of the receiver. False when
   * it must wait for its turn.
   */
  takesAtOnce(record: ProcessRecord, message: unknown): boolean
  /** Outside its turn, or within a handler, no handler may run: what is handled now is saved for the next turn. False when nothing may be handled now. */
  hold(record: ProcessRecord): boolean
  /** The process has died: drop everything that could resume. */
  stop(record: ProcessRecord): void
  /** What was handled last, for the crash report; undefined if nothing is kept. */
  lastMessage(record: ProcessRecord): unknown
}
