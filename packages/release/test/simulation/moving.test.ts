/**
 * One application on three nodes that crash, are cut off and are held, in virtual time. Each seed is another play: who says where
 * it runs, what fails, and when. See play.ts for what is judged.
 *
 * `AGNER_SEEDS=5000` tries that many, `AGNER_SEED=n` replays one.
 */
import { createVirtualRuntime, eachSeed } from '@agner/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { play, type Outcome } from './play.ts'
import { playSeed, seeded } from './seeds.ts'

const seeds = 36

it('an application runs where it should, whatever fails', { timeout: 0 }, async () => {
  const outcomes: Outcome[] = []
  await eachSeed({ seeds }, async (runtime, seed) => {
    const outcome = await playSeed(runtime, seed)
    if (outcome.wrongs.length > 0) throw new Error(await describe(seed, outcome))
    outcomes.push(outcome)
  })
  if (outcomes.length >= seeds) muchHappened(outcomes)
})

/** A play in which nothing happens finds nothing. */
function muchHappened(outcomes: readonly Outcome[]): void {
  const mean = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((sum, outcome) => sum + of(outcome), 0) / outcomes.length
  const moves = (type: string): number => mean(({ instances }) => instances.filter(({ why }) => why === type).length)
  expect(mean(({ instances }) => instances.length)).toBeGreaterThan(2.5)
  expect(moves('failover')).toBeGreaterThan(0.4)
  expect(moves('takeover')).toBeGreaterThan(0.5)
  expect(mean(({ accepted }) => accepted)).toBeGreaterThan(40)
  expect(mean(({ refused }) => refused)).toBeGreaterThan(0.5)
}

it('a play is the same each time', async () => {
  const story = async (): Promise<string> => (await playSeed(createVirtualRuntime({ seed: 4 }), 4)).story
  expect(await story()).toBe(await story())
})

/** The smallest program that is wrong, and what happened in it. */
async function describe(seed: number, { wrongs, story }: Outcome): Promise<string> {
  const what = seeded(seed)
  let shown = [...wrongs, story].join('\n')
  const property = fc.asyncProperty(what.arbitrary, async (program) => {
    const outcome = await play(createVirtualRuntime({ seed }), { ...what, program })
    if (outcome.wrongs.length === 0) return
    shown = [...outcome.wrongs, outcome.story].join('\n')
    throw new Error('wrong')
  })
  await fc.check(property, { seed, numRuns: 1, interruptAfterTimeLimit: 30_000 })
  return `${what.policy}, ${what.kind}: ${shown}`
}
