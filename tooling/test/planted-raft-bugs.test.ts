/**
 * The simulation of consensus finds what it is there to find: each planted mistake within a stated number of seeds, by a check that is about it. AGNER_SHOW=1
 * prints what was found, and when.
 */
import { expect, it } from 'vitest'
import type { FaultName } from '../../packages/consensus/test/simulation/schedule/faults.ts'
import { planOf, type Plan } from '../../packages/consensus/test/simulation/schedule/plan.ts'
import { runSchedule } from '../../packages/consensus/test/simulation/schedule/run.ts'
import { plantedRaftBugs, type RaftBugName } from '../simulation/planted-raft-bugs.ts'

interface Found {
  readonly name: RaftBugName
  /** Some times as many as it took when this was written. */
  readonly seeds: number
  readonly check: RegExp
  /** The faults that it needs, where schedules of all kinds take long. */
  readonly faults?: readonly FaultName[]
  readonly plan?: Partial<Plan>
}

const fiveVoters = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, role: 'voter' as const }))
const twoAndWitness = [
  { id: 'a', role: 'voter' as const },
  { id: 'b', role: 'voter' as const },
  { id: 'c', role: 'witness' as const },
]

const found: readonly Found[] = [
  { name: 'a vote that is only in memory', seeds: 5, check: /^promise/ },
  { name: 'two votes in a term', seeds: 60, check: /^ballot/ },
  { name: 'a vote for any log', seeds: 80, check: /^leader completeness/ },
  {
    name: 'a vote for the longer log, whatever its terms',
    seeds: 60,
    check: /^leader completeness/,
    faults: ['chairs'],
    plan: { members: fiveVoters },
  },
  {
    name: 'what comes before is not compared',
    seeds: 10,
    check: /^log matching/,
    faults: ['chairs'],
    plan: { members: fiveVoters },
  },
  {
    name: 'a late message cuts off what came after it',
    seeds: 20,
    check: /^(commitment|storage|liveness|leader completeness)/,
  },
  {
    name: 'a follower commits what it has, not what matches',
    seeds: 10,
    check: /^(state machine safety|log matching)/,
    faults: ['chairs'],
    plan: { members: fiveVoters },
  },
  { name: 'it counts as written when it was given to the disk', seeds: 5, check: /^promise/ },
  { name: 'a leader counts what it has not on disk itself', seeds: 20, check: /^commitment/ },
  {
    name: 'entries of an older term are committed by counting',
    seeds: 800,
    check: /^(commitment|leader completeness|state machine safety|committed is kept)/,
    faults: ['chairs'],
    plan: { members: fiveVoters },
  },
  { name: 'what was sent counts as what was received', seeds: 5, check: /^commitment/ },
  { name: 'a leader reads without asking whether it still leads', seeds: 60, check: /^reads/ },
  { name: 'a new leader reads before it knows what is committed', seeds: 120, check: /^reads/ },
  {
    name: 'two changes at once',
    seeds: 120,
    check: /^(leader completeness|election safety|liveness)/,
    faults: ['changes', 'chairs'],
  },
  { name: 'learners make up a majority', seeds: 30, check: /^commitment/, faults: ['change', 'changes', 'slowDisk'] },
  {
    name: 'a witness lets go of what a voter lacks',
    seeds: 500,
    check: /^liveness/,
    faults: ['lose', 'pause'],
    plan: { members: twoAndWitness, snapshotEntries: 3 },
  },
  { name: 'a request that comes twice is applied twice', seeds: 5, check: /^applied once/ },
  { name: 'a snapshot without the sessions', seeds: 30, check: /^state machine safety/ },
]

/** The checks inside are off: what clients are told has to show it. */
const foundByClients: readonly Found[] = [
  { name: 'a vote for any log', seeds: 60, check: /^linearizability/, faults: ['chairs', 'crash'] },
  { name: 'what comes before is not compared', seeds: 40, check: /^linearizability/, faults: ['chairs'] },
  {
    name: 'a follower commits what it has, not what matches',
    seeds: 80,
    check: /^linearizability/,
    faults: ['chairs'],
  },
  {
    name: 'it counts as written when it was given to the disk',
    seeds: 150,
    check: /^linearizability/,
    faults: ['blackout', 'slowDisk'],
  },
  {
    name: 'a new leader reads before it knows what is committed',
    seeds: 60,
    check: /^linearizability/,
    faults: ['chairs', 'isolateLeader'],
  },
  { name: 'a request that comes twice is applied twice', seeds: 20, check: /^linearizability/ },
  { name: 'a snapshot without the sessions', seeds: 40, check: /^linearizability/ },
]

function firstWrong({ name, seeds, faults = [], plan = {} }: Found, isStrict: boolean): { seed: number; text: string } {
  const { make, undo } = plantedRaftBugs[name]()
  try {
    for (let seed = 1; seed <= seeds; seed++) {
      const planned = { ...planOf(seed, faults.length > 0 ? faults : null), ...plan }
      const { violation } = runSchedule(planned, { make, isStrict })
      if (violation !== null) return { seed, text: violation.message }
    }
    return { seed: seeds, text: `nothing in ${seeds} seeds` }
  } finally {
    undo()
  }
}

function isFound(what: Found, isStrict: boolean): void {
  const { seed, text } = firstWrong(what, isStrict)
  if (process.env['AGNER_SHOW'] === '1') console.log(`${what.name}: seed ${seed} of ${what.seeds}: ${text}`)
  expect(text).toMatch(what.check)
}

it('every mistake is looked for', () => {
  expect(found.map(({ name }) => name).toSorted()).toEqual(Object.keys(plantedRaftBugs).toSorted())
})

it.each(found)('$name is found', { timeout: 60_000 }, (what) => isFound(what, true))
it.each(foundByClients)('$name is found by clients alone', { timeout: 60_000 }, (what) => isFound(what, false))
