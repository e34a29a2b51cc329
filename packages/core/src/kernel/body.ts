/**
 * What a process runs. There are two: a message callback (`callback-body.ts`), the kernel's own form, and an async function
 * (`async-body.ts`), a layer on it.
 */
import type { ProcessRecord } from './process-record.ts'

export interface Body {
  /** Called at every turn before anything is handled; starts the body the first time. True when code may still have to run. */
  begin(record: ProcessRecord): boolean
  /** A message was handled by a live process: take it, or save it. True when an async body was resumed. */
  message(record: ProcessRecord, message: unknown): boolean
  /** Outside its turn, or within a handler, no handler may run: what is handled now is saved for the next turn. */
  hold(): void
  /** There is something to do besides the inbox. */
  readonly runnable: boolean
  /** The process has died: drop everything that could resume. */
  stop(record: ProcessRecord): void
  /** What was handled last, for the crash report; undefined if nothing is kept. */
  readonly lastMessage: unknown
}
