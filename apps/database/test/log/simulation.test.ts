/**
 * The messages under schedules of faults: each seed is another one. See `play.ts`.
 */
import { createVirtualRuntime, eachSeed } from '@agner/testing'
import { expect, it } from 'vitest'
import { play } from './play.ts'

it(
  'what was acknowledged is there, once and in one order, whatever fails',
  { timeout: process.env['AGNER_SEEDS'] === undefined ? 60_000 : 0 },
  () => eachSeed({ seeds: 2 }, (runtime, seed) => play(runtime, seed)),
)

it('logs that say too early what is on disk are found out', { timeout: 60_000 }, async () => {
  const found: string[] = []
  for (let seed = 6; seed <= 9 && found.length === 0; seed++)
    await play(createVirtualRuntime({ seed }), seed, { logsLie: true }).catch((error: unknown) =>
      found.push(String(error)),
    )
  expect(found).toHaveLength(1)
})
