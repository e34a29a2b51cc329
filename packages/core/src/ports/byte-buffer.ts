/**
 * Bytes on their way from chunks to packets: one buffer that grows by doubling, so that a peer that sends byte by byte costs no
 * more than one that does not. What is taken out is a copy that nobody else can see.
 */

const nothing = new Uint8Array(0)

export class ByteBuffer {
  #bytes: Uint8Array = nothing
  #start = 0
  #end = 0

  get length(): number {
    return this.#end - this.#start
  }

  /**
   * @param chunk a plain Uint8Array: the `slice` of a Buffer would share memory.
   * @param exclusive nobody else has the chunk: it need not be copied.
   */
  push(chunk: Uint8Array, exclusive: boolean): void {
    if (chunk.length === 0) return
    if (this.length === 0 && exclusive) {
      this.#bytes = chunk
      this.#start = 0
      this.#end = chunk.length
      return
    }
    if (this.#end + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length)
    this.#bytes.set(chunk, this.#end)
    this.#end += chunk.length
  }

  /** The byte at `index`, which must be there. */
  at(index: number): number {
    return this.#bytes[this.#start + index]!
  }

  /** Where `byte` comes first, at `from` or later; -1 if it does not. */
  indexOf(byte: number, from: number): number {
    const found = this.#bytes.subarray(0, this.#end).indexOf(byte, this.#start + from)
    return found === -1 ? -1 : found - this.#start
  }

  /** Takes the first `length` bytes. */
  take(length: number): Uint8Array {
    const taken = this.#bytes.slice(this.#start, this.#start + length)
    this.drop(length)
    return taken
  }

  drop(length: number): void {
    this.#start += length
    // An idle port holds no memory.
    if (this.#start === this.#end) this.clear()
  }

  clear(): void {
    this.#bytes = nothing
    this.#start = this.#end = 0
  }

  #makeRoom(more: number): void {
    const { length } = this
    const grown = new Uint8Array(Math.max(64, 2 * (length + more)))
    grown.set(this.#bytes.subarray(this.#start, this.#end))
    this.#bytes = grown
    this.#start = 0
    this.#end = length
  }
}
