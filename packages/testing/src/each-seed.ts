/**
 * One test under many schedules.
 */
import { describeReason, type ExitReason } from '@agner/core'
import { testingError } from './errors.ts'
import { failuresOf, type Failure } from './rejections.ts'
import { createVirtualRuntime, type VirtualRuntime, type VirtualRuntimeOptions } from './virtual-runtime.ts'

export interface EachSeedOptions extends Omit<VirtualRuntimeOptions, 'seed'> {
  /** How many seeds to try; default 100. The environment variable `AGNER_SEEDS`, if set, takes its place: for a deep run. */
  readonly seeds?: number
  /** The first of them; default 1. The others follow it. The environment variable `AGNER_SEEDS_FROM`, if set, takes its place. */
  readonly from?: number
}

/**
 * Runs `test` with a new virtual runtime for each seed, one after the other, and stops at the first failure, whose message then begins
 * with the seed. The environment variable `AGNER_SEED` replays just that one. A rejection that nobody handles is a failure of the seed
 * under which it was made, and so is what fails as the runtime settles after the test.
 *
 * @throws `testing.bad_count` if there would be nothing to try.
 */
export async function eachSeed(
  options: EachSeedOptions,
  test: (runtime: VirtualRuntime, seed: number) => Promise<void>,
): Promise<void> {
  const { seeds, from = 1, ...rest } = options
  for (const seed of seedsToTry(seeds ?? 100, from)) {
    const failures = await failuresOf(async () => {
      const runtime = createVirtualRuntime({ ...rest, seed })
      await test(runtime, seed)
      // What the test has left to run may fail as well.
      await runtime.settle()
    })
    if (failures.length > 0) throw failureUnder(seed, failures)
  }
}

/** A new error: exit reasons are frozen. The cause keeps the stack, and what a test runner shows of expectations. */
function failureUnder(seed: number, failures: readonly Failure[]): Error {
  const all = failures.map(describe)
  const told = all.map((text, at) => (at < all.length - 1 ? text.replace(/\.$/, '') : text)).join('; and ')
  return new Error(`Under seed ${seed} (replay it with AGNER_SEED=${seed}): ${told}`, { cause: failures[0]?.reason })
}

/** Tests throw what they like, and processes exit for reasons that are no errors. */
function describe({ reason, isUnhandled }: Failure): string {
  const text = reason instanceof Error ? reason.message : describeReason(reason as ExitReason)
  return isUnhandled ? `a rejection that nobody handled: ${text}` : text
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
