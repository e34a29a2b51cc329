/**
 * When a turn is over: what is sent in one goes out in one write.
 *
 * It ends when nothing was added for a few microtasks: those that were resumed together have had their say then.
 */
import type { Runtime } from '@agner/core'

/**
 * Microtasks without a send after which a turn's frames are written: resuming one async body after another takes a few.
 */
const quietHops = 4

export class Turn {
  readonly #runtime: Runtime
  readonly #over: () => void
  /** How much there is by now. */
  readonly #amount: () => number
  #isOn = false
  #lastAmount = 0
  #quiet = 0

  constructor(runtime: Runtime, amount: () => number, over: () => void) {
    this.#runtime = runtime
    this.#amount = amount
    this.#over = over
  }

  /** Something was added: `over` is called once the turn ends. */
  begin(): void {
    if (this.#isOn) return
    this.#isOn = true
    this.#lastAmount = 0
    this.#quiet = 0
    this.#runtime.microtask(this.#hop)
  }

  readonly #hop = (): void => {
    const amount = this.#amount()
    if (amount === this.#lastAmount) this.#quiet++
    else {
      this.#lastAmount = amount
      this.#quiet = 0
    }
    if (this.#quiet < quietHops) return this.#runtime.microtask(this.#hop)
    this.#isOn = false
    this.#over()
  }
}
