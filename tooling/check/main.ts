/**
 * What a contributor runs before a commit: `npm run check`, or some of it by name, `npm run check -- lint types`.
 *
 * `--except NAME` leaves one out, `--json FILE` writes the outcomes, `--list` names all checks.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Outcome, runChecks, select } from './check.ts'
import { checks } from './checks.ts'

const lanes = 2
const root = join(import.meta.dirname, '..', '..')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    except: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
})

function tell({ name, state, seconds, verdict }: Outcome): void {
  const summary = state === 'passed' && verdict.summary ? ` ${verdict.summary}` : ''
  console.log(`${state === 'passed' ? '✓' : '✗'} ${name.padEnd(10)} ${seconds.toFixed(1).padStart(5)} s${summary}`)
  if (state !== 'passed') console.log(verdict.output.trim().replaceAll(/^/gm, '    '))
}

if (values.list) {
  for (const { name } of checks) console.log(name)
} else {
  const wanted = select(checks, positionals).filter(({ name }) => !values.except.includes(name))
  const outcomes = await runChecks(wanted, { root, lanes, tell })
  const failed = outcomes.filter(({ state }) => state !== 'passed').map(({ name }) => name)
  console.log(failed.length === 0 ? `all ${outcomes.length} checks passed` : `failed: ${failed.join(', ')}`)
  const report = outcomes.map(({ name, state, seconds, verdict }) => ({ name, state, seconds, output: verdict.output }))
  if (values.json) writeFileSync(values.json, JSON.stringify(report))
  process.exitCode = failed.length === 0 ? 0 : 1
}
