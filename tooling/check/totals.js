// The last lines of a CI run: what failed by name, then "N passed, N failed" over tests, checks and other stages.
// Plain JavaScript, since CI calls it with whatever Node the machine has.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * @param {{ name: string, code: number, report?: any }[]} stages `tests` reports as vitest does, `checks` as ours;
 *   any other stage counts as one. A stage that failed without naming a failure, or left no report, is one failure.
 * @returns {{ passed: number, failures: string[] }}
 */
export function totalsOf(stages) {
  let passed = 0
  const failures = []
  for (const { name, code, report } of stages) {
    const before = failures.length
    const results = resultsOf(name, code, report)
    passed += results.filter(({ ok }) => ok).length
    for (const result of results) if (!result.ok) failures.push(result.name)
    if (code !== 0 && failures.length === before) failures.push(`${name} (exit code ${code})`)
    else if (results.length === 0 && failures.length === before) failures.push(`${name} (ran nothing)`)
  }
  return { passed, failures }
}

function resultsOf(name, code, report) {
  if (name === 'tests') return testsOf(report)
  if (name === 'checks') return (report ?? []).map((check) => ({ name: check.name, ok: check.state === 'passed' }))
  return code === 0 ? [{ name, ok: true }] : []
}

function testsOf(report) {
  const files = report?.testResults ?? []
  return files.flatMap((file) => {
    const tests = file.assertionResults.map(({ fullName, status }) => ({
      name: status === 'failed' ? fullName : `${fullName} (${status}: no test may be left out here)`,
      ok: status === 'passed',
    }))
    // A file that could not be loaded has no tests to fail.
    const broken = file.status === 'failed' && tests.every(({ ok }) => ok)
    return broken ? [...tests, { name: `${file.name}: ${file.message ?? 'failed'}`, ok: false }] : tests
  })
}

function readStages(folder) {
  return readdirSync(folder)
    .filter((entry) => entry.endsWith('.code'))
    .map((entry) => {
      const name = entry.slice(0, -'.code'.length)
      const report = join(folder, `${name}.json`)
      return {
        name,
        code: Number(readFileSync(join(folder, entry), 'utf8')),
        ...(existsSync(report) ? { report: JSON.parse(readFileSync(report, 'utf8')) } : {}),
      }
    })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { passed, failures } = totalsOf(readStages(process.argv[2] ?? '.'))
  for (const failure of failures) console.log(`failed: ${failure}`)
  console.log(`${passed} passed, ${failures.length} failed`)
  process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1
}
