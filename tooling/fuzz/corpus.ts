/**
 * The inputs worth changing further: those with an outcome that no other had.
 *
 * An outcome is what a target says came of an input: the refusal's words without their numbers, or what was understood. Each is a place
 * in the sources, so this leads where a measure of coverage would, deterministically and for nothing. Bounded.
 */
import type { Dice } from './dice.ts'
import { lengthOf, type Input } from './input.ts'

const mostOutcomes = 2000
const mostBytes = 4096
/** Of these many places of the corpus each is for the shortest input that reached it. */
const perOutcome = 3

export class Corpus {
  readonly #byOutcome = new Map<string, Input[]>()
  readonly #inputs: Input[][] = []

  get outcomes(): ReadonlySet<string> {
    return new Set(this.#byOutcome.keys())
  }

  get size(): number {
    return this.#byOutcome.size
  }

  add(outcome: string, input: Input): void {
    const known = this.#byOutcome.get(outcome)
    if (known !== undefined && known.length >= perOutcome) return
    if (lengthOf(input) > mostBytes) return
    if (known !== undefined) return void known.push(input)
    if (this.#byOutcome.size >= mostOutcomes) return
    const made = [input]
    this.#byOutcome.set(outcome, made)
    this.#inputs.push(made)
  }

  pick(dice: Dice): Input | null {
    return this.#inputs.length === 0 ? null : dice.one(dice.one(this.#inputs))
  }
}
