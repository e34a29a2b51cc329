/**
 * What every user of a chaos run has: where the chat is, where what happens is written down, and the patience of people.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Tally } from '../tally.ts'

export interface UserSettings {
  readonly url: string
  readonly name: string
  readonly room: string
  readonly tally: Tally
  /** For pauses only: how users interleave does not follow from a seed. */
  readonly random: () => number
}

export interface User {
  /** Until the signal; what is under way is brought to its end. */
  run(signal: AbortSignal): Promise<void>
}

/** No answer for this long is none. Longer than an http node tries for its users. */
export const patienceMs = 10_000

/** Ends early, without a word, when the run is over. */
export async function rest(leastMs: number, mostMs: number, random: () => number, signal: AbortSignal): Promise<void> {
  await pause(leastMs + random() * (mostMs - leastMs), undefined, { signal }).catch(() => undefined)
}

/** Codes of the API that no failure of a node excuses: what was sent was right. */
const absurdCodes: ReadonlySet<string> = new Set(['invalid', 'bad_request', 'not_found', 'key_reused', 'internal'])

export function isAbsurd(code: unknown): boolean {
  return typeof code !== 'string' || absurdCodes.has(code)
}
