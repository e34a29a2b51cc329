/**
 * A hash of a sequence of numbers: equal sequences, and no others but by chance, have equal ones. Two lanes of 32 bits, since JavaScript
 * multiplies no wider.
 */
const scratch = new DataView(new ArrayBuffer(8))

export class Fingerprint {
  #one = 0x811c9dc5
  #other = 0x9e3779b9

  /** Any number, by its 64 bits. */
  add(value: number): void {
    if (value === (value | 0)) return this.#mix(value)
    scratch.setFloat64(0, value)
    this.#mix(scratch.getInt32(0))
    this.#mix(scratch.getInt32(4))
  }

  #mix(bits: number): void {
    this.#one = Math.imul(this.#one ^ bits, 0x01000193)
    this.#one ^= this.#one >>> 15
    this.#other = Math.imul((this.#other << 13) | (this.#other >>> 19), 5) ^ Math.imul(bits + 0x6b43a9b5, 0x85ebca6b)
    this.#other ^= this.#other >>> 16
  }

  /** 16 hex digits. */
  get text(): string {
    return [this.#one, this.#other].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')
  }
}
