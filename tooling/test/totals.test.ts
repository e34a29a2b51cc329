import { describe, expect, it } from 'vitest'
import { totalsOf } from '../check/totals.js'

const file = (name: string, statuses: string[], more: object = {}): object => ({
  name,
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status, index) => ({ fullName: `${name} ${index}`, status })),
  ...more,
})
const tests = (code: number, ...testResults: object[]): { name: string; code: number; report: object } => ({
  name: 'tests',
  code,
  report: { testResults },
})

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

  it('name what failed', () => {
    const checks = {
      name: 'checks',
      code: 1,
      report: [
        { name: 'lint', state: 'failed' },
        { name: 'pack', state: 'blocked' },
      ],
    }
    expect(totalsOf([tests(1, file('a', ['passed', 'failed'])), checks])).toEqual({
      passed: 1,
      failures: ['a 1', 'lint', 'pack'],
    })
  })

  it('count a test that was left out as failed', () => {
    const { passed, failures } = totalsOf([tests(0, file('browser', ['passed', 'skipped', 'todo', 'pending']))])
    expect(passed).toBe(1)
    expect(failures).toHaveLength(3)
    expect(failures[0]).toMatch(/^browser 1 \(skipped: no test may be left out here\)$/)
  })

  it('count a file that does not load, and an exit code that no test explains', () => {
    expect(totalsOf([tests(1, file('a', [], { status: 'failed', message: 'SyntaxError' }))]).failures).toEqual([
      'a: SyntaxError',
    ])
    expect(totalsOf([tests(1, file('a', ['passed']))])).toEqual({ passed: 1, failures: ['tests (exit code 1)'] })
    expect(totalsOf([{ name: 'chaos', code: 124 }]).failures).toEqual(['chaos (exit code 124)'])
  })

  it('take a stage that left no report, or ran nothing, for a failure', () => {
    expect(totalsOf([{ name: 'tests', code: 1 }]).failures).toEqual(['tests (exit code 1)'])
    expect(totalsOf([{ name: 'tests', code: 0 }]).failures).toEqual(['tests (ran nothing)'])
    expect(totalsOf([tests(0)]).failures).toEqual(['tests (ran nothing)'])
  })
})
