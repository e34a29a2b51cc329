/**
 * Random programs under random schedules: one seed decides both. A program that fails is made smaller before it is shown.
 *
 * `AGNER_SEEDS=100000` tries that many in each test, `AGNER_SEED=n` replays one (see `eachSeed`).
 */
import { createVirtualRuntime, eachSeed, type VirtualRuntime } from '@agner/testing'
import fc from 'fast-check'

export async function eachProgram<P>(
  programs: fc.Arbitrary<P>,
  seeds: number,
  test: (program: P, runtime: VirtualRuntime) => Promise<void>,
): Promise<void> {
  await eachSeed({ seeds }, async (_runtime, seed) => {
    // One in four runs first in, first out, as it would without a seed.
    const runtime = () => createVirtualRuntime(seed % 4 === 0 ? {} : { seed })
    const property = fc.asyncProperty(programs, (program) => test(program, runtime()))
    const outcome = await fc.check(property, { seed, numRuns: 1 })
    if (!outcome.failed) return
    const error = outcome.errorInstance
    throw new Error(
      `${error instanceof Error ? error.message : String(error)}\nThe smallest program that fails: ${fc.stringify(outcome.counterexample?.[0])}`,
      { cause: error },
    )
  })
}

/** Programs of up to so many steps, short and long ones equally often (left alone, fast-check prefers very short ones). */
export function programOf<S>(step: fc.Arbitrary<S>, mostSteps: number): fc.Arbitrary<S[]> {
  return fc.noBias(fc.array(step, { maxLength: mostSteps, size: 'max' }))
}
