import { AsyncLocalStorage } from 'node:async_hooks'
import { createNode } from '@agner/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { collectReports, eachSeed, type VirtualRuntime } from '../src/index.ts'

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

test.each([
  [Object.create(null), '{}'],
  [{ shutdown: { reason: 'x' } }, '{"shutdown":{"reason":"x"}}'],
  ['noproc', 'noproc'],
])('a failure that is no error is told, too: %#', async (failure, text) => {
  vi.stubEnv('AGNER_SEED', '1')
  const run = eachSeed({}, () => Promise.reject(failure))
  await expect(run).rejects.toMatchObject({
    message: `Under seed 1 (replay it with AGNER_SEED=1): ${text}`,
    cause: failure,
  })
})

test('what fails after the test was done is a failure of its seed', async () => {
  vi.stubEnv('AGNER_SEED', '1')
  const run = eachSeed({}, async (runtime) => {
    await runtime.settle()
    runtime.macrotask(() => {
      throw new Error('late')
    })
  })
  await expect(run).rejects.toThrow('Under seed 1 (replay it with AGNER_SEED=1): late')
})

describe('a rejection that nobody handles', () => {
  const event = 'unhandledRejection'
  const heard: unknown[] = []
  const hear = (reason: unknown): void => void heard.push(reason)
  const outside = AsyncLocalStorage.snapshot()
  let runners: ((...args: unknown[]) => void)[] = []

  // In the place of the test runner, which would fail for each that it hears of.
  beforeEach(() => {
    runners = process.rawListeners(event) as typeof runners
    process.removeAllListeners(event)
    process.on(event, hear)
    vi.stubEnv('AGNER_SEED', '')
    vi.stubEnv('AGNER_SEEDS', '')
  })
  afterEach(() => {
    expect(process.listeners(event)).toEqual([hear])
    process.removeAllListeners(event)
    for (const listener of runners) process.on(event, listener)
    expect(heard.splice(0)).toEqual([])
  })

  test.each<[string, (runtime: VirtualRuntime) => Promise<void>]>([
    ['at once', async () => void Promise.reject(new Error('nobody looks'))],
    [
      'later, in a process, and handled in the end',
      async (runtime) => {
        const node = createNode({ runtime, report: () => {} })
        const late = Promise.withResolvers<void>()
        node.spawn(async (self) => {
          await self.sleep(10)
          late.reject(new Error('nobody looks'))
        })
        await runtime.advance(20)
        await late.promise.catch(() => {})
      },
    ],
    [
      'as the runtime settles',
      async (runtime) => runtime.macrotask(() => void Promise.reject(new Error('nobody looks'))),
    ],
  ])('%s is a failure of its seed, and of nobody else', async (_, fail) => {
    const run = eachSeed({ seeds: 9 }, async (runtime, seed) => {
      if (seed === 3) await fail(runtime)
    })
    await expect(run).rejects.toMatchObject({
      message: 'Under seed 3 (replay it with AGNER_SEED=3): a rejection that nobody handled: nobody looks',
      cause: { message: 'nobody looks' },
    })
  })

  test('ends a test that waits for ever, and is told beside what the test itself fails of', async () => {
    const endless = eachSeed({}, async () => {
      void Promise.reject(new Error('first'))
      await new Promise(() => {})
    })
    await expect(endless).rejects.toThrow('a rejection that nobody handled: first')
    const both = eachSeed({}, async (runtime) => {
      void Promise.reject(new Error('first'))
      await runtime.runUntil(new Promise(() => {}))
    })
    await expect(both).rejects.toThrow(/promise has not settled.*output; and a rejection that nobody handled: first/)
  })

  test('from elsewhere is told to those who listen, as ever', async () => {
    await eachSeed({ seeds: 1 }, async () => outside(() => void Promise.reject('elsewhere')))
    expect(heard.splice(0)).toEqual(['elsewhere'])
  })

  test('of runs at the same time is a failure of the one that it comes from', async () => {
    const runs = [1, 2].map((from) =>
      eachSeed({ seeds: 1, from }, async (runtime, seed) => {
        await runtime.advance(10)
        if (seed === 2) void Promise.reject(new Error('nobody looks'))
        await runtime.advance(10)
      }),
    )
    const [one, two] = await Promise.allSettled(runs)
    expect(one).toMatchObject({ status: 'fulfilled' })
    expect(two).toMatchObject({ reason: { message: expect.stringContaining('Under seed 2 ') as string } })
  })
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
