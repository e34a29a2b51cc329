/** xorshift32, as a signed integer: small integers on both sides (`bench:next_random/1` has them unsigned). */
export function nextRandom(seed: number): number {
  let x = seed ^ (seed << 13)
  x ^= x >>> 17
  return x ^ (x << 5)
}

/** Where the n-th of several walks begins. Seeds that follow one another would make all of them the same walk, a step apart. */
export function farApart(n: number): number {
  return Math.imul(n, 0x9e3779b9)
}
