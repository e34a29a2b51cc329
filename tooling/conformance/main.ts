/**
 * `npm run conformance [-- --only TEXT] [--seeds N] [--rounds N]`: every scenario on real Erlang and on Agner, traces compared.
 *
 * Without Erlang it says so and ends well, except in CI, where that is a failure. `--only` takes the scenarios whose
 * `topic:name` contains the text; the table is then left out.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkScenario, type Extent } from './check.ts'
import { items } from './items/index.ts'
import { findErlang, judge } from './judge.ts'
import { topics } from './scenarios/index.ts'
import { formatTable, toRows, unaccounted, type Outcome } from './table.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '50' },
    rounds: { type: 'string', default: '3' },
  },
})

async function main(): Promise<number> {
  const release = findErlang()
  if (release === null) {
    console.log(
      'conformance: Erlang is the judge and is not installed here (`erl` was not found), so nothing was compared. Debian has it as erlang-base.',
    )
    const inCi = !['', 'false', undefined].includes(process.env['CI'])
    console.log(inCi ? '0 passed, 1 failed' : 'skipped')
    return inCi ? 1 : 0
  }
  const chosen = Object.entries(topics)
    .flatMap(([topic, scenarios]) =>
      Object.entries(scenarios).map(([name, scenario]) => ({ topic, name, key: `${topic}:${name}`, scenario })),
    )
    .filter(({ key }) => key.includes(values.only))
  console.log(`conformance: ${chosen.length} scenarios on Erlang/OTP ${release} and on Agner`)
  const judged = await judge(chosen, Number(values.rounds))
  console.log(`conformance: Erlang has played them, after ${Math.round(performance.now() / 1000)} s`)
  const extent: Extent = { seeds: Number(values.seeds), faultSeeds: Math.max(20, Number(values.seeds)) }
  const outcomes: Outcome[] = []
  for (const { key, scenario } of chosen) {
    const verdict = await checkScenario(scenario, judged.get(key) ?? [], extent)
    outcomes.push({ key, scenario, verdict })
    for (const { check, text } of verdict.findings) console.log(`✗ ${key} (${check}) ${text}`)
  }
  return summarise(outcomes)
}

function summarise(outcomes: readonly Outcome[]): number {
  let problems: string[] = []
  if (values.only === '') {
    const rows = toRows(items, outcomes)
    console.log(`\n${formatTable(rows)}\n`)
    problems = [...unaccounted(rows), ...unknownReasons(outcomes)]
    for (const problem of problems) console.log(`✗ ${problem}`)
  }
  const failed = problems.length + outcomes.reduce((sum, { verdict }) => sum + verdict.findings.length, 0)
  const passed = outcomes.reduce((sum, { verdict }) => sum + verdict.checks - verdict.findings.length, 0)
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
}

/** A difference is one on purpose only if the docs say so, and an item must exist to be covered. */
function unknownReasons(outcomes: readonly Outcome[]): string[] {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/differences.md'), 'utf8')
  const known = new Set(items.map(({ id }) => id))
  return outcomes.flatMap(({ key, scenario }) => [
    ...Object.values(scenario.differs ?? {})
      .filter(({ why }) => !docs.includes(`\`${why}\``))
      .map(({ why }) => `${key}: docs/differences.md does not speak of \`${why}\``),
    ...scenario.items.filter((id) => !known.has(id)).map((id) => `${key}: there is no item ${id}`),
  ])
}

process.exitCode = await main()
