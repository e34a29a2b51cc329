import { describe, expect, it } from 'vitest'
import { type Check, type Outcome, runChecks, select } from '../check/check.ts'
import { inLanes, oneAtATime, run } from '../check/command.ts'
import { closureOf, type Published } from '../check/published.ts'
import { manifestProblems } from '../check/tarballs.ts'

const passing = (name: string, needs: string[] = []): Check => ({
  name,
  needs,
  run: async () => ({ ok: true, output: '' }),
})
const failing = (name: string): Check => ({ name, run: async () => ({ ok: false, output: 'no' }) })
const states = (outcomes: readonly Outcome[]): string[] => outcomes.map(({ name, state }) => `${name} ${state}`)
const runAll = (checks: readonly Check[], lanes = 2): Promise<Outcome[]> =>
  runChecks(checks, { root: '.', lanes, tell: () => undefined })

describe('a run of checks', () => {
  it('runs each after what it needs, and answers in the order of the list', async () => {
    const order: string[] = []
    const noting = (check: Check): Check => ({
      ...check,
      run: async (root) => (order.push(check.name), check.run(root)),
    })
    const checks = [passing('pack', ['build']), passing('build'), passing('publint', ['pack'])].map(noting)
    expect(states(await runAll(checks))).toEqual(['pack passed', 'build passed', 'publint passed'])
    expect(order).toEqual(['build', 'pack', 'publint'])
  })

  it('goes on after a failure, but not with what stands on it', async () => {
    const checks = [failing('build'), passing('pack', ['build']), passing('publint', ['pack']), passing('lint')]
    expect(states(await runAll(checks))).toEqual(['build failed', 'pack blocked', 'publint blocked', 'lint passed'])
  })

  it('takes a check that throws for a failed one, with its stack', async () => {
    const throwing: Check = { name: 'odd', run: () => Promise.reject(new Error('broken')) }
    const [outcome] = await runAll([throwing])
    expect(outcome).toMatchObject({
      state: 'failed',
      verdict: { output: expect.stringContaining('Error: broken') as string },
    })
  })

  it('keeps to its lanes', async () => {
    let running = 0
    let most = 0
    const busy = (name: string): Check => ({
      name,
      run: async () => {
        most = Math.max(most, (running += 1))
        await new Promise((resolve) => setImmediate(resolve))
        running -= 1
        return { ok: true, output: '' }
      },
    })
    await runAll(['a', 'b', 'c', 'd', 'e'].map(busy), 2)
    expect(most).toBe(2)
  })

  it('runs one at a time of those that need the same thing, and others beside it', async () => {
    const running = new Set<string>()
    const together: string[] = []
    const busy = (name: string, alone?: string): Check => ({
      name,
      ...(alone === undefined ? {} : { alone }),
      run: async () => {
        running.add(name)
        together.push([...running].join(''))
        for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
        running.delete(name)
        return { ok: true, output: '' }
      },
    })
    const outcomes = await runAll([busy('a', 'disk'), busy('b', 'disk'), busy('c'), busy('d', 'printer')], 4)
    expect(outcomes).toHaveLength(4)
    expect(together.filter((names) => names.includes('a') && names.includes('b'))).toEqual([])
    expect(together).toContain('acd')
  })

  it('refuses a circle of needs', async () => {
    await expect(runAll([passing('a', ['b']), passing('b', ['a'])])).rejects.toThrow('in a circle: a, b')
  })
})

describe('a selection of checks', () => {
  const checks = [passing('build'), passing('pack', ['build']), passing('publint', ['pack']), passing('lint')]

  it('brings what it needs along', () => {
    expect(select(checks, ['publint']).map(({ name }) => name)).toEqual(['build', 'pack', 'publint'])
    expect(select(checks, [])).toHaveLength(4)
  })

  it('names the checks when it does not know one', () => {
    expect(() => select(checks, ['lnit'])).toThrow('no check "lnit"; there are: build, pack, publint, lint')
  })
})

describe('a command', () => {
  it('answers with its exit code and all that it printed', async () => {
    const args = ['-e', `console.log('out'); console.error('err'); process.exitCode = 3`]
    expect(await run('node', args, { cwd: '.' })).toMatchObject({
      code: 3,
      output: expect.stringMatching(/out\nerr\n|err\nout\n/) as string,
    })
  })

  it('is killed when its time is up, and not found when it is not there', async () => {
    const hanging = await run('node', ['-e', 'setInterval(() => {}, 1000)'], { cwd: '.', timeoutMs: 50 })
    expect(hanging).toMatchObject({ code: 124, output: expect.stringContaining('did not end within 50 ms') as string })
    expect(await run('no-such-program', [], { cwd: '.' })).toMatchObject({ code: 127 })
  })

  it('waits for those before it, whatever came of them', async () => {
    const inTurn = oneAtATime()
    const order: number[] = []
    const work = (n: number) => async () => {
      await new Promise((resolve) => setImmediate(resolve))
      order.push(n)
      if (n === 1) throw new Error('one')
      return n
    }
    const all = await Promise.allSettled([1, 2, 3].map((n) => inTurn(work(n))))
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(order).toEqual([1, 2, 3])
  })

  it('runs lists in lanes, in order of the list', async () => {
    expect(await inLanes([3, 1, 2], 2, async (n) => n * 2)).toEqual([6, 2, 4])
  })
})

describe('a packed manifest', () => {
  const exports = { '.': { types: './dist/index.d.ts', default: './dist/index.js' } }
  const entries = ['package.json', 'dist/index.js', 'dist/index.d.ts']

  it('may hold nothing that only a workspace understands', () => {
    expect(manifestProblems(JSON.stringify({ exports }), entries)).toEqual([])
    const left = {
      exports: { '.': { '@agner/source': './src/index.ts' } },
      dependencies: { a: 'workspace:^', b: 'catalog:' },
    }
    expect(manifestProblems(JSON.stringify(left), entries)).toEqual([
      'its package.json still says workspace:',
      'its package.json still says catalog:',
      'its package.json still says @agner/source',
      'exports src/index.ts, which is not packed',
    ])
  })
})

it('a package is installed with all of ours that it needs, through peers too', () => {
  const one = (name: string, needs: object): Published => ({
    name,
    folder: '',
    tarball: `${name}.tgz`,
    manifest: { name: `@agner/${name}`, version: '0.1.0', ...needs },
  })
  const packages = [
    one('core', {}),
    one('behaviours', { peerDependencies: { '@agner/core': '^0.1.0' } }),
    one('groups', { dependencies: { '@agner/behaviours': '^0.1.0', 'cbor-x': '1.6.8' } }),
    one('testing', {}),
  ]
  expect(closureOf(['@agner/groups'], packages).map(({ name }) => name)).toEqual(['groups', 'behaviours', 'core'])
})
