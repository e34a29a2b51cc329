/**
 * One test under many schedules.
 */
import { createVirtualRuntime, type VirtualRuntime, type VirtualRuntimeOptions } from './virtual-runtime.ts'

export interface EachSeedOptions extends Omit<VirtualRuntimeOptions, 'seed'> {
  /** How many seeds to try; default 100. */
  readonly seeds?: number
  /** The first of them; default 1. The others follow it. */
  readonly from?: number
}

/**
 * Runs `test` with a new virtual runtime for each seed, one after the other, and stops at the first failure, whose message then begins
 * with the seed. The environment variable `AGNER_SEED` replays just that one.
 */
export async function eachSeed(
  options: EachSeedOptions,
  test: (runtime: VirtualRuntime, seed: number) => Promise<void>,
): Promise<void> {
  const { seeds = 100, from = 1, ...rest } = options
  const replay = process.env['AGNER_SEED']
  const list =
    replay === undefined || replay === '' ? Array.from({ length: seeds }, (_, index) => from + index) : [Number(replay)]
  for (const seed of list) {
    try {
      await test(createVirtualRuntime({ ...rest, seed }), seed)
    } catch (error) {
      // A new error: exit reasons are frozen. The cause keeps the stack, and what a test runner shows of expectations.
      throw new Error(
        `Under seed ${seed} (replay it with AGNER_SEED=${seed}): ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      )
    }
  }
}
