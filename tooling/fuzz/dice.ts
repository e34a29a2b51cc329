/** What generators throw: a seed's numbers, with a liking for those at which programs break. */
import { SeededRandom } from '../../packages/testing/src/random.ts'

const edges = [0, 1, 2, 3, 23, 24, 31, 32, 63, 64, 127, 128, 254, 255, 256, 511, 512, 513, 1023, 1024, 1025]
const farEdges = [4095, 4096, 4097, 65_535, 65_536, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1]

export class Dice {
  readonly #random: SeededRandom

  constructor(seed: number, stream = 0) {
    this.#random = new SeededRandom(seed, stream)
  }

  /** From 0 to below `count`. */
  below(count: number): number {
    return this.#random.below(count)
  }

  /** Once in `count` throws. */
  once(count: number): boolean {
    return this.#random.below(count) === 0
  }

  byte(): number {
    return this.#random.uint32() >>> 24
  }

  uint32(): number {
    return this.#random.uint32()
  }

  bytes(length: number): Uint8Array {
    return this.#random.bytes(length)
  }

  one<T>(choices: readonly T[]): T {
    return choices[this.#random.below(choices.length)] as T
  }

  /** A length or count: mostly small, often at an edge, seldom far too large. */
  size(): number {
    const kind = this.#random.below(16)
    if (kind < 10) return this.#random.below(8)
    if (kind < 14) return this.one(edges)
    return kind === 14 ? this.one(farEdges) : this.#random.uint32()
  }
}
