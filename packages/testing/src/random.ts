/**
 * Seeded randomness: xoshiro128** with its state filled by splitmix32, so that seeds that lie next to each other have nothing in common.
 *
 * The same seed and stream give the same numbers on every machine and version. For tests: nothing here is secret.
 */

export class SeededRandom {
  #a: number
  #b: number
  #c: number
  #d: number

  /** @param stream numbers of different streams of one seed are independent. */
  constructor(seed: number, stream = 0) {
    let state = (seed ^ Math.imul(stream, 0x9e3779b1)) >>> 0
    const fill = () => {
      state = (state + 0x9e3779b9) >>> 0
      let mixed = state
      mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
      return (mixed ^ (mixed >>> 16)) >>> 0
    }
    this.#a = fill()
    this.#b = fill()
    this.#c = fill()
    this.#d = fill() | 1
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    const scaled = Math.imul(this.#b, 5)
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9) >>> 0
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = (this.#d << 11) | (this.#d >>> 21)
    return result
  }

  /** A number in [0, 1) with 53 random bits. */
  number(): number {
    return ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992
  }

  /** An integer in [0, count). */
  below(count: number): number {
    return Math.floor((this.uint32() / 4294967296) * count)
  }

  bytes(length: number): Uint8Array {
    const made = new Uint8Array(length)
    for (let i = 0; i < length; i++) made[i] = this.uint32() >>> 24
    return made
  }
}
