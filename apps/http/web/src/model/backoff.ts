/**
 * How long to wait before the next attempt: doubling from `firstMs` to `longestMs`, then anything between half of that and all of it,
 * so that a thousand pages that lost the same node do not come back at the same moment.
 */
export interface Backoff {
  readonly firstMs: number
  readonly longestMs: number
}

/** @param attempt 0 for the first retry. @param random in [0, 1). */
export function backoffMs({ firstMs, longestMs }: Backoff, attempt: number, random: number): number {
  const wholeMs = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 30))
  return Math.round(wholeMs / 2 + (wholeMs / 2) * random)
}
