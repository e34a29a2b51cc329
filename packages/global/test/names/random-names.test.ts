/**
 * Random lives of clusters with global names, and wrong implementations that they find. Many seeds: `npm run deep -- random-names`.
 */
import { createVirtualRuntime, eachSeed } from '@agner/testing'
import { expect, it } from 'vitest'
import { plantedBugs } from './planted-bugs.ts'
import { randomNames } from './random-names.ts'

const patienceMs = 120_000

it('names have one living owner, the same for all, whatever has happened', { timeout: 0 }, async () => {
  const total = { given: 0, decided: 0 }
  await eachSeed({ seeds: 60 }, async (runtime, seed) => {
    const { given, decided } = await randomNames(runtime, seed)
    total.given += given
    total.decided += decided
  })
  if (process.env['AGNER_SEED'] !== undefined) return
  // The lives are not dull.
  expect(total.given).toBeGreaterThan(200)
  expect(total.decided).toBeGreaterThan(15)
})

/** Seeds until the first that fails; null if none does. */
async function firstFailure(seeds: number): Promise<number | null> {
  for (let seed = 1; seed <= seeds; seed++)
    try {
      await randomNames(createVirtualRuntime({ seed }), seed)
    } catch {
      return seed
    }
  return null
}

it.each(Object.entries(plantedBugs))(
  'within 100 seeds it is found that %s',
  { timeout: patienceMs },
  async (_, plant) => {
    const undo = plant()
    try {
      expect(await firstFailure(100)).not.toBeNull()
    } finally {
      undo()
    }
  },
)
