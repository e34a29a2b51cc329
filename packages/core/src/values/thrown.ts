/**
 * What was thrown, in words: by code of the user, who may throw anything. Never throws itself, so that whoever catches may say what.
 */
import { describeValue } from './describe.ts'

/** The message of an error; a text as it is; of all else what {@link describeValue} says. */
export function messageOf(thrown: unknown): string {
  return ofError(thrown, ({ message }) => message) ?? (typeof thrown === 'string' ? thrown : describeValue(thrown))
}

/** Of an error its stack, else as {@link messageOf}. */
export function stackOf(thrown: unknown): string {
  return ofError(thrown, ({ stack }) => stack) ?? messageOf(thrown)
}

/** Null for what is no error, or has no such text: a getter may throw, and a proxy that was revoked throws at any look. */
function ofError(thrown: unknown, text: (error: Error) => unknown): string | null {
  try {
    const found = thrown instanceof Error ? text(thrown) : null
    return typeof found === 'string' ? found : null
  } catch {
    return null
  }
}
