/**
 * Whether a starter can wait for as long as it says: asked before there is a process, since one that nobody can wait for
 * would be left behind, with its name, and never begin.
 */
import { behavioursError } from '../errors.ts'

/** What is wrong with it; null for one that can be waited for. */
export function badTimeout(timeoutMs: unknown = Infinity): Error | null {
  if (typeof timeoutMs === 'number' && timeoutMs >= 0) return null
  return behavioursError('call.bad_timeout', { value: String(timeoutMs) })
}
