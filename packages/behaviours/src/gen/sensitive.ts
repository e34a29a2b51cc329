/**
 * What reports may show of a process. Of a sensitive one it is neither what it was sent nor what it holds, as in the
 * crash reports of the kernel; that something happened is told all the same.
 */
import type { AnyProcess } from '@agner/core'

/** The same details; none of a sensitive process. */
export function unlessSensitive<T extends object>(self: AnyProcess, details: T): Partial<T> {
  return isSensitive(self) ? {} : details
}

/** A flag tells its value only to who sets it. */
function isSensitive(self: AnyProcess): boolean {
  const before = self.flag('sensitive', true)
  if (!before) self.flag('sensitive', false)
  return before
}
