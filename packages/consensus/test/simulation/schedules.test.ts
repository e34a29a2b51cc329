/**
 * Members of the algorithm under schedules of faults: each seed is another one. See `schedule/run.ts` for what is judged, and docs/consensus-proof.md for what is not.
 */
import { eachSeed } from '@agner/testing'
import { expect, it } from 'vitest'
import { Raft } from '../../src/raft/raft.ts'
import { planOf } from './schedule/plan.ts'
import { runSchedule, type Outcome } from './schedule/run.ts'
import { describePlan, shrink } from './schedule/shrink.ts'
import type { MakeSubject } from './world/subject.ts'

const make: MakeSubject = (options) => new Raft(options)

it(
  'a group keeps what it promises, whatever fails, and goes on when all is whole again',
  // A deep run takes as long as it takes.
  { timeout: process.env['AGNER_SEEDS'] === undefined ? 60_000 : 0 },
  async () => {
    const outcomes: Outcome[] = []
    await eachSeed({ seeds: 200 }, async (_runtime, seed) => {
      const outcome = runSchedule(planOf(seed), { make })
      if (outcome.violation !== null) throw new Error(report(seed, outcome))
      outcomes.push(outcome)
    })
    if (outcomes.length >= 200) muchHappened(outcomes)
  },
)

/** A simulation in which nothing happens finds nothing. */
function muchHappened(outcomes: readonly Outcome[]): void {
  const mean = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((sum, outcome) => sum + of(outcome), 0) / outcomes.length
  const share = (of: (outcome: Outcome) => boolean): number => mean((outcome) => (of(outcome) ? 1 : 0))
  expect(mean(({ committed }) => committed)).toBeGreaterThan(30)
  expect(mean(({ answered, operations }) => answered / operations)).toBeGreaterThan(0.9)
  expect(mean(({ terms }) => terms)).toBeGreaterThan(2)
  expect(share(({ truncations }) => truncations > 0)).toBeGreaterThan(0.1)
  expect(share(({ installs }) => installs > 0)).toBeGreaterThan(0.2)
  expect(share(({ changes }) => changes > 0)).toBeGreaterThan(0.3)
  expect(share(({ isUndecided }) => isUndecided)).toBeLessThanOrEqual(0.001)
}

it('a schedule is the same each time', () => {
  expect(runSchedule(planOf(7), { make })).toEqual(runSchedule(planOf(7), { make }))
})

function report(seed: number, { violation }: Outcome): string {
  const smallest = shrink(planOf(seed), { make })
  const shown = runSchedule(smallest, { make }).violation ?? violation
  return `${shown!.message}\n  ${describePlan(smallest)}`
}
