/**
 * The seam for behaviours: how a callback process waits.
 *
 *     takeOnly(self, test)   selective receive: other messages stay in the mailbox, in order, and count against its limit
 *     takeOnly(self, null)   all again, those that waited first
 *     sleep(self), wake(self)   hibernation, as process info shows it
 */
import type { AnyProcess } from '../process/process.ts'
import { callbackBody } from './callback-body.ts'
import type { ProcessRecord } from './process-record.ts'

/** From now on a callback process takes only messages that pass; null: all. An async body chooses by itself, and nothing happens. */
export function takeOnly(self: AnyProcess, test: ((message: unknown) => boolean) | null): void {
  const record = self as unknown as ProcessRecord
  if (!record.lives || record.body !== callbackBody) return
  record.belong().takes = test
  record.selective = test !== null
  if (record.saved !== null && record.saved.size > 0) record.attention = true
}

/** Gives back what memory a process can do without until there is a message. */
export function sleep(self: AnyProcess): void {
  const record = self as unknown as ProcessRecord
  if (!record.lives) return
  record.shrink()
  record.asleep = true
}

export function wake(self: AnyProcess): void {
  const record = self as unknown as ProcessRecord
  record.asleep = false
}
