/**
 * The runnable processes of which a runtime chooses: in the order in which they came, with any of them taken by its position.
 *
 * It is an array in blocks. To take one out of the middle moves what follows it, of one block only: with a hundred thousand
 * runnable processes each turn would else move all of them.
 */
const blockSize = 512

export class Choices<T> {
  readonly #blocks: T[][] = [[]]
  size = 0

  push(item: T): void {
    const last = this.#blocks.at(-1)!
    if (last.length < blockSize) last.push(item)
    else this.#blocks.push([item])
    this.size++
  }

  /** Takes the one at `position`, from 0 to below `size`. */
  take(position: number): T {
    let at = 0
    let place = position
    while (place >= this.#blocks[at]!.length) place -= this.#blocks[at++]!.length
    const block = this.#blocks[at]!
    const item = block[place]!
    block.splice(place, 1)
    if (block.length === 0 && this.#blocks.length > 1) this.#blocks.splice(at, 1)
    this.size--
    return item
  }

  some(is: (item: T) => boolean): boolean {
    return this.#blocks.some((block) => block.some(is))
  }

  all(): readonly T[] {
    return this.#blocks.length === 1 ? this.#blocks[0]! : this.#blocks.flat()
  }
}
