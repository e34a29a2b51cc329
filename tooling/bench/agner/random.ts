/** xorshift32: the same numbers on both sides (`bench:next_random/1`). */
export function nextRandom(seed: number): number {
  let x = seed ^ (seed << 13)
  x ^= x >>> 17
  return (x ^ (x << 5)) >>> 0
}

/** Where the n-th of several walks begins. Seeds that follow one another would make all of them the same walk, a step apart. */
export function farApart(n: number): number {
  return Math.imul(n, 0x9e3779b9) >>> 0
}
