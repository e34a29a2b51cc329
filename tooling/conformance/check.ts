/**
 * What a scenario must stand: Erlang agrees with itself, the real runtime agrees with Erlang, so does every seed of the virtual
 * runtime, in each form of body; and each planted fault is noticed.
 */
import { compare, keyOf, type Difference, type EventKey } from './compare.ts'
import { faults, type FaultName } from './faults/index.ts'
import { play } from './play.ts'
import type { RawTrace } from './raw.ts'
import type { Intended, Scenario } from './scenario.ts'
import { forms, type Form } from './stage.ts'
import { toTrace, type Trace } from './trace.ts'

export interface Finding {
  readonly check: 'erlang' | 'real' | 'seeds' | 'fault' | 'difference'
  readonly text: string
}

export interface Verdict {
  /** How many checks were made; those with a finding failed. */
  readonly checks: number
  readonly findings: readonly Finding[]
}

export interface Extent {
  readonly seeds: number
  /** The seeds that a fault has to show itself in. */
  readonly faultSeeds: number
}

export async function checkScenario(scenario: Scenario, judged: readonly RawTrace[], extent: Extent): Promise<Verdict> {
  const [first, ...others] = judged.map(toTrace)
  if (first === undefined) return { checks: 1, findings: [{ check: 'erlang', text: 'Erlang did not play it' }] }
  const disagreement = others.flatMap((trace) => compare(first, trace, scenario.before))
  if (disagreement.length > 0) return { checks: 1, findings: [{ check: 'erlang', text: show(disagreement) }] }
  const real = await checkReal(scenario, first)
  const found: (Finding | null)[] = [real.finding, await checkSeeds(scenario, first, real.forms, extent.seeds)]
  for (const name of scenario.faults) found.push(await checkFault(scenario, name, first, real.forms, extent.faultSeeds))
  return { checks: 1 + found.length, findings: found.filter((finding) => finding !== null) }
}

async function checkReal(
  scenario: Scenario,
  expected: Trace,
): Promise<{ finding: Finding | null; forms: readonly Form[] }> {
  const { trace, hasLoops } = await play(scenario, 'async')
  let differences = judgeTrace(scenario, expected, toTrace(trace))
  if (hasLoops && differences.length === 0)
    differences = judgeTrace(scenario, expected, toTrace((await play(scenario, 'callback')).trace))
  const finding: Finding | null = differences.length === 0 ? null : { check: 'real', text: show(differences) }
  return { finding, forms: hasLoops ? forms : ['async'] }
}

async function checkSeeds(
  scenario: Scenario,
  expected: Trace,
  played: readonly Form[],
  seeds: number,
): Promise<Finding | null> {
  for (let seed = 1; seed <= seeds; seed++) {
    for (const form of played) {
      const differences = judgeTrace(scenario, expected, toTrace((await play(scenario, form, seed)).trace))
      if (differences.length > 0) return { check: 'seeds', text: `seed ${seed}, ${form}: ${show(differences)}` }
    }
  }
  return null
}

async function checkFault(
  scenario: Scenario,
  name: FaultName,
  expected: Trace,
  played: readonly Form[],
  seeds: number,
): Promise<Finding | null> {
  const undo = faults[name]()
  try {
    const found = await checkSeeds(scenario, expected, played, seeds)
    return found === null ? { check: 'fault', text: `${name} is not noticed in ${seeds} seeds` } : null
  } finally {
    undo()
  }
}

/** Differences that are on purpose must be there, as they are said to be, and nothing else. */
function judgeTrace(scenario: Scenario, expected: Trace, actual: Trace): Difference[] {
  const stranger = actual.find(({ who }) => who.startsWith('<'))
  if (stranger !== undefined)
    return [{ key: `${stranger.who}:${stranger.what}`, text: 'a process without a label emitted something' }]
  const differences = compare(expected, actual, scenario.before)
  const intended = Object.entries(scenario.differs ?? {}) as [EventKey, Intended][]
  const unlike = intended.filter(
    ([key, { ours }]) =>
      !differences.some((each) => each.key === key) ||
      (actual.find((event) => keyOf(event) === key)?.data ?? null) !== ours,
  )
  return [
    ...differences.filter(({ key }) => !intended.some(([each]) => each === key)),
    ...unlike.map(([key, { ours }]) => ({
      key,
      text: `${key} is said to differ from Erlang and to be ${ours ?? 'absent'}: it is not`,
    })),
  ]
}

function show(differences: readonly Difference[]): string {
  return differences.map(({ text }) => text).join('; ')
}
