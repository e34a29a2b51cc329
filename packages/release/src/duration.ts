/**
 * Times as options give them.
 *
 * A text, as the environment and JSON files have them, is compared as if it were a number, and then put behind one instead of being added to it. So are lists,
 * true and null. Only numbers are times.
 */

/** What a timer of the runtime can count: 24 days. */
export const longestMs: number = 2 ** 31 - 1

/** Infinity is one only where nothing is the most; what is no number never is. */
export function isDuration(value: unknown, leastMs = 0, mostMs: number = Infinity): value is number {
  return typeof value === 'number' && value >= leastMs && value <= mostMs
}
