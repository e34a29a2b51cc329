/**
 * Medians, and the interval of a median by order statistics.
 *
 * Of n independent paired ratios the k-th smallest and the k-th largest enclose the true median with a chance of 1 - 2·P(B < k), B
 * binomial(n, 1/2), whatever the ratios' distribution is. The interval is the narrowest of these that reaches 95 %: at ten rounds
 * the second smallest and the second largest (97.9 %). Fewer than six rounds have none.
 */

export interface Interval {
  readonly low: number
  readonly high: number
}

const confidence = 0.95

/** With fewer rounds there is no interval of 95 %. */
export const leastRounds = 6

/** @throws RangeError without values. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no values, no median')
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[upper]! : (sorted[upper - 1]! + sorted[upper]!) / 2
}

/** Null when there are too few values for an interval of 95 %. */
export function medianInterval(values: readonly number[]): Interval | null {
  const n = values.length
  const rank = narrowestRank(n)
  if (rank === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  return { low: sorted[rank - 1]!, high: sorted[n - rank]! }
}

/** The largest k at which the k-th smallest and the k-th largest of n still enclose the median often enough; 0 if none does. */
function narrowestRank(n: number): number {
  let below = 0
  // P(B = k) for k = 0, then each from the one before.
  let exactly = 0.5 ** n
  let rank = 0
  for (let k = 0; k < n / 2; k++) {
    below += exactly
    if (1 - 2 * below < confidence) break
    rank = k + 1
    exactly = (exactly * (n - k)) / (k + 1)
  }
  return rank
}

export type Better = 'lower' | 'higher'

/** How many times better `agner` is than `erlang` in each round: more than 1 where Agner is ahead. */
export function pairedRatios(agner: readonly number[], erlang: readonly number[], better: Better): number[] {
  return agner
    .slice(0, erlang.length)
    .map((own, round) => (better === 'lower' ? erlang[round]! / own : own / erlang[round]!))
}
