import { createNode } from '@agner/core'
import { afterEach, expect, test, vi } from 'vitest'
import { collectReports, eachSeed } from '../src/index.ts'

afterEach(() => vi.unstubAllEnvs())

test('tries each seed with a runtime of its own', async () => {
  vi.stubEnv('AGNER_SEED', '')
  vi.stubEnv('AGNER_SEEDS', '')
  const seen: (number | null)[] = []
  await eachSeed({ seeds: 3, from: 10 }, async (runtime, seed) => {
    expect(runtime.nowMs()).toBe(0)
    await runtime.advance(5)
    expect(runtime.seed).toBe(seed)
    seen.push(runtime.seed)
  })
  expect(seen).toEqual([10, 11, 12])
})

test('a failure names its seed, and ends the run', async () => {
  vi.stubEnv('AGNER_SEED', '')
  vi.stubEnv('AGNER_SEEDS', '')
  let tried = 0
  const run = eachSeed({ seeds: 50 }, async (runtime) => {
    tried++
    await runtime.settle()
    if (runtime.seed === 4) throw new Error('found it')
  })
  await expect(run).rejects.toThrow('Under seed 4 (replay it with AGNER_SEED=4): found it')
  expect(tried).toBe(4)
})

test('AGNER_SEEDS is how many, whatever the test says', async () => {
  vi.stubEnv('AGNER_SEED', '')
  vi.stubEnv('AGNER_SEEDS', '7')
  const seen: number[] = []
  await eachSeed({ seeds: 3 }, async (_runtime, seed) => void seen.push(seed))
  await eachSeed({ from: 20 }, async (_runtime, seed) => void seen.push(seed))
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 20, 21, 22, 23, 24, 25, 26])
})

test('AGNER_SEEDS_FROM is the first, whatever the test says', async () => {
  vi.stubEnv('AGNER_SEED', '')
  vi.stubEnv('AGNER_SEEDS', '')
  vi.stubEnv('AGNER_SEEDS_FROM', '5000')
  const seen: number[] = []
  await eachSeed({ seeds: 2 }, async (_runtime, seed) => void seen.push(seed))
  await eachSeed({ seeds: 1, from: 20 }, async (_runtime, seed) => void seen.push(seed))
  expect(seen).toEqual([5000, 5001, 5000])
  vi.stubEnv('AGNER_SEEDS_FROM', 'here')
  await expect(eachSeed({ seeds: 1 }, async () => {})).rejects.toMatchObject({ code: 'testing.bad_first_seed' })
})

test.each(['0', '-3', '1.5', 'many'])(
  '%s is no number of seeds: a test that tries nothing would pass',
  async (count) => {
    vi.stubEnv('AGNER_SEED', '')
    const tries = async () => expect.unreachable()
    vi.stubEnv('AGNER_SEEDS', count)
    await expect(eachSeed({}, tries)).rejects.toMatchObject({ code: 'testing.bad_count' })
    vi.stubEnv('AGNER_SEEDS', '')
    await expect(eachSeed({ seeds: Number(count) }, tries)).rejects.toMatchObject({ code: 'testing.bad_count' })
  },
)

test('a seed that is none is an error, not another seed', async () => {
  vi.stubEnv('AGNER_SEED', 'seven')
  await expect(eachSeed({}, async () => expect.unreachable())).rejects.toThrow('A seed is an integer')
})

test('AGNER_SEED replays one', async () => {
  vi.stubEnv('AGNER_SEED', '77')
  const seen: number[] = []
  await eachSeed({ seeds: 50 }, async (_runtime, seed) => void seen.push(seed))
  expect(seen).toEqual([77])
})

test('reports are collected in order, crashes apart', async () => {
  await eachSeed({ seeds: 1 }, async (runtime) => {
    const reports = collectReports()
    const node = createNode({ runtime, report: reports.report })
    node.report({ type: 'notice', level: 'info', source: 'test', text: 'hello' })
    node.spawn(async () => {
      throw new Error('boom')
    })
    await runtime.settle()
    expect(reports.all.map((report) => report.type)).toEqual(['notice', 'crash'])
    expect(reports.crashes.map((crash) => (crash.reason as Error).message)).toEqual(['boom'])
    expect(reports.clear()).toHaveLength(2)
    expect(reports.all).toEqual([])
  })
})
