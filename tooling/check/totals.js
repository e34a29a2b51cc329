// The last lines of a CI run: what failed, by name and with the end of what it said, then "N passed, N failed" over tests, checks and other stages.
// Plain JavaScript, since CI calls it with whatever Node the machine has.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Of what a failure said: whoever reads only the end of a long run is to see why. */
const shownLines = 30

/**
 * @param {{ name: string, code: number, report?: any }[]} stages `tests` reports as vitest does, `checks` as ours;
 *   any other stage counts as one. A stage that failed without naming a failure, or left no report, is one failure.
 * @returns {{ passed: number, failures: { name: string, why: string }[] }}
 */
export function totalsOf(stages) {
  let passed = 0
  const failures = []
  for (const { name, code, report } of stages) {
    const before = failures.length
    const results = resultsOf(name, code, report)
    passed += results.filter(({ ok }) => ok).length
    for (const { ok, name: failed, why } of results) if (!ok) failures.push({ name: failed, why })
    if (code !== 0 && failures.length === before) failures.push({ name: `${name} (exit code ${code})`, why: '' })
    else if (results.length === 0 && failures.length === before)
      failures.push({ name: `${name} (ran nothing)`, why: '' })
  }
  return { passed, failures }
}

function resultsOf(name, code, report) {
  if (name === 'tests') return testsOf(report)
  if (name === 'checks')
    return (report ?? []).map((check) => ({
      name: check.name,
      ok: check.state === 'passed',
      why: lastLines(check.output),
    }))
  return code === 0 ? [{ name, ok: true, why: '' }] : []
}

function testsOf(report) {
  const files = report?.testResults ?? []
  return files.flatMap((file) => {
    const tests = file.assertionResults.map(({ fullName, status, failureMessages = [] }) => ({
      name: status === 'failed' ? fullName : `${fullName} (${status}: no test may be left out here)`,
      ok: status === 'passed',
      why: lastLines(failureMessages.join('\n')),
    }))
    // A file that could not be loaded has no tests to fail.
    const broken = file.status === 'failed' && tests.every(({ ok }) => ok)
    return broken ? [...tests, { name: file.name, ok: false, why: lastLines(file.message ?? 'failed') }] : tests
  })
}

/** @param {string | undefined} text */
function lastLines(text = '') {
  return text.trim().split('\n').slice(-shownLines).join('\n')
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
  for (const { name, why } of failures)
    console.log(`failed: ${name}${why === '' ? '' : `\n${why.replaceAll(/^/gm, '    ')}`}`)
  console.log(`${passed} passed, ${failures.length} failed`)
  process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1
}
