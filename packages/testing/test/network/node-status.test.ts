import { expect, it } from 'vitest'
import { eachSeed } from '../../src/index.ts'
import { randomStatus } from './random-status.ts'

it('nodeups and nodedowns are what the model says, whatever fails', { timeout: 120_000 }, async () => {
  let [letters, told] = [0, 0]
  await eachSeed({ seeds: 40 }, async (runtime, seed) => {
    const seen = await randomStatus(runtime, seed)
    letters += seen.letters
    told += seen.told
  })
  expect(letters).toBeGreaterThan(100)
  expect(told).toBeGreaterThan(100)
})
