/**
 * Members of the algorithm under schedules of faults: each seed is another one. See `schedule/run.ts` for what is judged, and README.md for what is not.
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
  { timeout: 60_000 },
  async () => {
    const sums = { operations: 0, answered: 0, committed: 0, undecided: 0 }
    let schedules = 0
    await eachSeed({ seeds: 200 }, async (_runtime, seed) => {
      const plan = planOf(seed)
      const outcome = runSchedule(plan, { make })
      if (outcome.violation !== null) throw new Error(report(seed, outcome))
      schedules++
      sums.operations += outcome.operations
      sums.answered += outcome.answered
      sums.committed += outcome.committed
      if (outcome.isUndecided) sums.undecided++
    })
    // A simulation in which nothing happens finds nothing.
    expect(sums.committed).toBeGreaterThan(20 * schedules)
    expect(sums.answered).toBeGreaterThan(0.8 * sums.operations)
    expect(sums.undecided).toBeLessThanOrEqual(schedules / 1000)
  },
)

it('a schedule is the same each time', () => {
  expect(runSchedule(planOf(7), { make })).toEqual(runSchedule(planOf(7), { make }))
})

function report(seed: number, { violation }: Outcome): string {
  const smallest = shrink(planOf(seed), { make })
  const shown = runSchedule(smallest, { make }).violation ?? violation
  return `${shown!.message}\n  ${describePlan(smallest)}`
}
