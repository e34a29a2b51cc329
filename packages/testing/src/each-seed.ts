/**
 * One test under many schedules.
 */
import { testingError } from './errors.ts'
import { createVirtualRuntime, type VirtualRuntime, type VirtualRuntimeOptions } from './virtual-runtime.ts'

export interface EachSeedOptions extends Omit<VirtualRuntimeOptions, 'seed'> {
  /** How many seeds to try; default 100. The environment variable `AGNER_SEEDS`, if set, takes its place: for a deep run. */
  readonly seeds?: number
  /** The first of them; default 1. The others follow it. The environment variable `AGNER_SEEDS_FROM`, if set, takes its place. */
  readonly from?: number
}

/**
 * Runs `test` with a new virtual runtime for each seed, one after the other, and stops at the first failure, whose message then begins
 * with the seed. The environment variable `AGNER_SEED` replays just that one.
 *
 * @throws `testing.bad_count` if there would be nothing to try.
 */
export async function eachSeed(
  options: EachSeedOptions,
  test: (runtime: VirtualRuntime, seed: number) => Promise<void>,
): Promise<void> {
  const { seeds, from = 1, ...rest } = options
  for (const seed of seedsToTry(seeds ?? 100, from)) {
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

function* seedsToTry(seeds: number, from: number): Generator<number> {
  const replay = process.env['AGNER_SEED'] ?? ''
  if (replay !== '') return yield Number(replay)
  const count = Number(process.env['AGNER_SEEDS'] || seeds)
  if (!(Number.isInteger(count) && count > 0)) throw testingError('testing.bad_count', { value: String(count) })
  const first = Number(process.env['AGNER_SEEDS_FROM'] || from)
  if (!Number.isInteger(first))
    throw testingError('testing.bad_first_seed', { value: String(process.env['AGNER_SEEDS_FROM'] || from) })
  for (let seed = first; seed < first + count; seed++) yield seed
}
