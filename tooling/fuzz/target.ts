/** What is fuzzed: something that takes bytes of a peer, with a judge beside it. */
import type { Dice } from './dice.ts'
import type { Input } from './input.ts'

export interface Target {
  readonly name: string
  /** Of all frames this part, in percent. */
  readonly share: number
  make(dice: Dice): Input
  /** Other than the usual damage to pieces. */
  readonly mutate?: (input: Input, other: Input, dice: Dice) => Input
  /**
   * Plays an input.
   *
   * @returns in words what came of it; the same for the same place in the sources.
   * @throws {@link Finding} what may not be
   */
  play(input: Input): string | Promise<string>
  /** What must hold after all plays. */
  close?(): Promise<void> | void
}

/** Something that no input may cause. */
export class Finding extends Error {
  override readonly name = 'Finding'
}

/** A refusal's words without its numbers and names: which place in the sources it comes from. */
export function placeOf(text: string): string {
  return text.replace(/"[^"]*"|\d+/g, '#').slice(0, 120)
}
