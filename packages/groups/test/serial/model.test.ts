/**
 * The model's programs on real OS processes: kill -9, lost connections and partitions among them.
 *
 * `AGNER_SEEDS=50` plays that many.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { playOn } from '../model/play.ts'
import { programs } from '../model/program.ts'
import { OsStage } from './os-stage.ts'

const seeds = Number(process.env['AGNER_SEEDS'] || 1)

it.each(Array.from({ length: seeds }, (_, index) => index + 1))(
  'eight OS processes are what the model says (seed %i)',
  { timeout: 300_000 },
  async (seed) => {
    const [program] = fc.sample(programs(seed % 2 === 1), { seed, numRuns: 1 })
    expect(program!.length).toBeGreaterThanOrEqual(30)
    await playOn(await OsStage.open(), program!)
  },
)
