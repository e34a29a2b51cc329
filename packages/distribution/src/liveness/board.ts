/**
 * What is heard on a lane, in memory that two threads share: the post writes, the node's thread reads, and neither waits
 * for the other.
 *
 * The counts wrap; who reads compares them with what they were.
 */

/** The cells of a lane's board. */
const cell = { isUp: 0, ticks: 1, heldTicks: 2, lagMs: 3 } as const
const cells = 4

export class Board {
  readonly #cells: Int32Array

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(cells * 4)) {
    this.#cells = new Int32Array(buffer)
  }

  get buffer(): SharedArrayBuffer {
    return this.#cells.buffer as SharedArrayBuffer
  }

  /** Whether the lane stands, as far as is known. */
  get isUp(): boolean {
    return Atomics.load(this.#cells, cell.isUp) === 1
  }

  set isUp(isUp: boolean) {
    Atomics.store(this.#cells, cell.isUp, isUp ? 1 : 0)
  }

  /** Ticks that came. */
  get ticks(): number {
    return Atomics.load(this.#cells, cell.ticks)
  }

  /** Those among them that said that the peer's thread is held. */
  get heldTicks(): number {
    return Atomics.load(this.#cells, cell.heldTicks)
  }

  /** How long the peer's thread had given no sign of life, by the latest tick. */
  get lagMs(): number {
    return Atomics.load(this.#cells, cell.lagMs)
  }

  heard(lagMs: number, isHeld: boolean): void {
    Atomics.store(this.#cells, cell.lagMs, Math.min(lagMs, 2 ** 31 - 1))
    if (isHeld) Atomics.add(this.#cells, cell.heldTicks, 1)
    Atomics.add(this.#cells, cell.ticks, 1)
  }
}

/**
 * When a node's thread last gave a sign of life, on a clock that all threads of the program share.
 */
export class Heartbeat {
  readonly #cell: Int32Array

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.#cell = new Int32Array(buffer)
  }

  get buffer(): SharedArrayBuffer {
    return this.#cell.buffer as SharedArrayBuffer
  }

  beat(nowMs: number): void {
    Atomics.store(this.#cell, 0, Math.floor(nowMs % 2 ** 32) | 0)
  }

  /** Milliseconds since. The cell holds 32 bits, so what is further away than 24 days counts as nothing. */
  lagMs(nowMs: number): number {
    return Math.max(0, (Math.floor(nowMs % 2 ** 32) - Atomics.load(this.#cell, 0)) | 0)
  }
}
