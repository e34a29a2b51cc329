/** The smallest value that at least the part `q` of all are not above; NaN of none. `q` from 0 to 1: 0.5 is the median. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? Number.NaN
}
