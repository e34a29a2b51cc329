import { describe, expect, it } from 'vitest'
import { totalsOf } from '../check/totals.js'

const file = (name: string, statuses: string[], more: object = {}): object => ({
  name,
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status, index) => ({
    fullName: `${name} ${index}`,
    status,
    ...(status === 'failed' ? { failureMessages: ['it was wrong'] } : {}),
  })),
  ...more,
})
const tests = (code: number, ...testResults: object[]): { name: string; code: number; report: object } => ({
  name: 'tests',
  code,
  report: { testResults },
})

const namesOf = (stages: Parameters<typeof totalsOf>[0]): string[] => totalsOf(stages).failures.map(({ name }) => name)

describe('the totals of a CI run', () => {
  it('add tests, checks and stages up', () => {
    const checks = { name: 'checks', code: 0, report: [{ name: 'lint', state: 'passed' }] }
    const stages = [
      tests(0, file('a', ['passed', 'passed']), file('b', ['passed'])),
      checks,
      { name: 'chaos', code: 0 },
    ]
    expect(totalsOf(stages)).toEqual({ passed: 5, failures: [] })
  })

  it('name what failed, and say why', () => {
    const checks = {
      name: 'checks',
      code: 1,
      report: [
        { name: 'lint', state: 'failed', output: 'one line\nand another\n' },
        { name: 'pack', state: 'blocked', output: 'not run: build did not pass' },
        { name: 'docs', state: 'passed', output: 'much' },
      ],
    }
    expect(totalsOf([tests(1, file('a', ['passed', 'failed'])), checks])).toEqual({
      passed: 2,
      failures: [
        { name: 'a 1', why: 'it was wrong' },
        { name: 'lint', why: 'one line\nand another' },
        { name: 'pack', why: 'not run: build did not pass' },
      ],
    })
  })

  it('count a test that was left out as failed', () => {
    const { passed, failures } = totalsOf([tests(0, file('browser', ['passed', 'skipped', 'todo', 'pending']))])
    expect(passed).toBe(1)
    expect(failures).toHaveLength(3)
    expect(failures[0]!.name).toMatch(/^browser 1 \(skipped: no test may be left out here\)$/)
  })

  it('show the end of a long output only', () => {
    const output = Array.from({ length: 1000 }, (_, line) => `line ${line}`).join('\n')
    const checks = { name: 'checks', code: 1, report: [{ name: 'lint', state: 'failed', output }] }
    const lines = totalsOf([checks]).failures[0]!.why.split('\n')
    expect(lines).toHaveLength(30)
    expect(lines.at(-1)).toBe('line 999')
  })

  it('count a file that does not load, and an exit code that no test explains', () => {
    expect(totalsOf([tests(1, file('a', [], { status: 'failed', message: 'SyntaxError' }))]).failures).toEqual([
      { name: 'a', why: 'SyntaxError' },
    ])
    expect(totalsOf([tests(1, file('a', ['passed']))])).toEqual({
      passed: 1,
      failures: [{ name: 'tests (exit code 1)', why: '' }],
    })
    expect(namesOf([{ name: 'chaos', code: 124 }])).toEqual(['chaos (exit code 124)'])
  })

  it('take a stage that left no report, or ran nothing, for a failure', () => {
    expect(namesOf([{ name: 'tests', code: 1 }])).toEqual(['tests (exit code 1)'])
    expect(namesOf([{ name: 'tests', code: 0 }])).toEqual(['tests (ran nothing)'])
    expect(namesOf([tests(0)])).toEqual(['tests (ran nothing)'])
  })
})
