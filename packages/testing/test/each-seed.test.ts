import { createNode } from '@agner/core'
import { afterEach, expect, test, vi } from 'vitest'
import { collectReports, eachSeed } from '../src/index.ts'

afterEach(() => vi.unstubAllEnvs())

test('tries each seed with a runtime of its own', async () => {
  vi.stubEnv('AGNER_SEED', '')
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
  let tried = 0
  const run = eachSeed({ seeds: 50 }, async (runtime) => {
    tried++
    await runtime.settle()
    if (runtime.seed === 4) throw new Error('found it')
  })
  await expect(run).rejects.toThrow('Under seed 4 (replay it with AGNER_SEED=4): found it')
  expect(tried).toBe(4)
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
