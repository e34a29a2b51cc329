/** The clock of one member: it began somewhere, and runs a little fast or slow. */
import type { Dice } from './dice.ts'

export class Clock {
  readonly #offsetMs: number
  readonly #rate: number

  constructor(dice: Dice) {
    this.#offsetMs = Math.floor(dice.between(1000, 1_000_000))
    this.#rate = dice.between(0.95, 1.05)
  }

  /** What it shows at a time of the world. */
  shows(worldMs: number): number {
    return this.#offsetMs + worldMs * this.#rate
  }

  /** The time of the world at which it certainly shows as much. */
  whenShows(clockMs: number): number {
    return (clockMs - this.#offsetMs) / this.#rate + 0.001
  }
}
