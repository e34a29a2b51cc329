/**
 * Streams of tasks: never more at a time than wanted, every outcome once, nothing left over.
 */
import { timedOut, type Exit, type Process } from '@agner/core'
import { eachSeed } from '@agner/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { startTaskSupervisor, taskStream, type StreamOptions, type StreamOutcome } from '../src/index.ts'
import { createWorld, failure, type World } from './world.ts'

/** Runs a stream to its end in a process that traps exits. */
async function collect(
  world: World,
  items: Iterable<number> | AsyncIterable<number>,
  run: (task: Process<never>, item: number) => Promise<number>,
  options: StreamOptions = {},
): Promise<StreamOutcome<number, number>[]> {
  const outcomes: StreamOutcome<number, number>[] = []
  await world.inProcess<unknown>(async (self) => {
    self.trapExits(true)
    for await (const outcome of taskStream(self, items, run, options)) outcomes.push(outcome)
  })
  return outcomes
}

const values = (outcomes: readonly StreamOutcome<number, number>[]): unknown[] =>
  outcomes.map((outcome) => (outcome.type === 'ok' ? outcome.value : outcome.reason))

const sleepFor = async (task: Process<never>, ms: number): Promise<number> => {
  await task.sleep(ms)
  return ms
}

describe('a stream', () => {
  test('gives the outcomes in the order of the items, or as they come', async () => {
    const world = createWorld()
    expect(values(await collect(world, [30, 10, 20], sleepFor))).toEqual([30, 10, 20])
    expect(values(await collect(world, [30, 10, 20], sleepFor, { ordered: false }))).toEqual([10, 20, 30])
    expect(await collect(world, [], sleepFor)).toEqual([])
    expect((await collect(world, [5], sleepFor))[0]).toEqual({ type: 'ok', value: 5, item: 5 })
  })

  test('takes items from an async source, and closes it', async () => {
    const world = createWorld()
    const log: string[] = []
    async function* source() {
      try {
        for (let i = 0; ; i++) yield i
      } finally {
        log.push('closed')
      }
    }
    await world.inProcess(async (self) => {
      for await (const outcome of taskStream(self, source(), sleepFor, { maxConcurrency: 2 }))
        if (outcome.type === 'ok' && outcome.value === 5) break
    })
    expect(log).toEqual(['closed'])
    expect(world.node.processCount()).toBe(0)
  })

  test('ends the tasks that run when it is left, and when its owner ends', async () => {
    const world = createWorld()
    await world.inProcess<unknown>(async (self) => {
      for await (const outcome of taskStream(self, [1, 1000, 1000], sleepFor)) {
        expect(outcome).toMatchObject({ type: 'ok', value: 1 })
        break
      }
      expect(world.node.processCount()).toBe(1)
      expect(await self.receive({ timeoutMs: 2000 })).toBe(timedOut)
    })
    const owner = world.node.spawn(async (self) => {
      for await (const _ of taskStream(self, [1000, 1000], sleepFor));
    })
    await world.runtime.settle()
    expect(world.node.processCount()).toBe(3)
    world.node.sendExit(owner, 'kill')
    await world.runtime.settle()
    expect(world.node.processCount()).toBe(0)
  })

  test.each(['normal', 'odd'])(
    'leaves no task behind when its owner ends with %s in the middle of it',
    async (reason) => {
      const world = createWorld()
      const supervisor = await world.run(startTaskSupervisor(world.node))
      for (const options of [{}, { under: supervisor }]) {
        const owner = world.node.spawn(async (self) => {
          await taskStream(self, [1, 1e6, 1e6], sleepFor, { timeoutMs: Infinity, ...options }).next()
          if (reason !== 'normal') self.exit(reason)
        })
        expect(await world.exited(owner)).toBe(reason)
        await world.runtime.settle()
        expect(world.node.processCount()).toBe(1)
      }
    },
  )

  test('with a late task fails, and leaves nothing running', async () => {
    const world = createWorld()
    await world.inProcess(async (self) => {
      const all = async () => {
        for await (const _ of taskStream(self, [10, 500, 20], sleepFor, { timeoutMs: 100 }));
      }
      expect((await failure(all())).code).toBe('task.timeout')
      expect(world.node.processCount()).toBe(1)
    })
  })

  test('with a late task that is to be killed goes on', async () => {
    const world = createWorld()
    const outcomes = await collect(world, [10, 500, 20], sleepFor, { timeoutMs: 100, onTimeout: 'kill' })
    expect(values(outcomes)).toEqual([10, 'timeout', 20])
    expect(outcomes[1]!.item).toBe(500)
  })

  test('tells a crash to its owner and as an outcome; under a supervisor as an outcome alone', async () => {
    const run = async (task: Process<never>, item: number): Promise<number> => {
      await task.sleep(item)
      return item === 2 ? task.exit('odd') : item
    }
    const world = createWorld()
    const owner = world.node.spawn(async (self) => {
      for await (const _ of taskStream(self, [1, 2, 30], run));
    })
    expect(await world.exited(owner)).toBe('odd')
    expect(values(await collect(world, [1, 2, 3], run))).toEqual([1, 'odd', 3])
    const supervisor = await world.run(startTaskSupervisor(world.node))
    await world.inProcess<Exit>(async (self) => {
      const outcomes: unknown[] = []
      for await (const outcome of taskStream(self, [1, 2, 3], run, { under: supervisor })) outcomes.push(outcome.type)
      expect(outcomes).toEqual(['ok', 'exit', 'ok'])
      expect(await self.receive({ timeoutMs: 10 })).toBe(timedOut)
    })
  })

  test('gives each task an item of its own', async () => {
    const world = createWorld()
    const items = [{ list: [1] }, { list: [2] }]
    await world.inProcess(async (self) => {
      const run = (_task: Process<never>, item: { list: number[] }): number => item.list.push(9)
      for await (const outcome of taskStream(self, items, run)) expect(outcome).toMatchObject({ value: 2 })
    })
    expect(items).toEqual([{ list: [1] }, { list: [2] }])
  })

  test('refuses what it cannot be told', async () => {
    const world = createWorld()
    await world.inProcess(async (self) => {
      for (const options of [{ maxConcurrency: 0 }, { timeoutMs: -1 }, { onTimeout: 'exit' as never }])
        expect(() => taskStream(self, [1], sleepFor, options)).toThrow(
          expect.objectContaining({ code: 'task.bad_option' }),
        )
    })
  })
})

test('whatever the items take: never too many at a time, each outcome once and in its place', async () => {
  await eachSeed({ seeds: 20 }, async (runtime, seed) => {
    const [plan] = fc.sample(
      fc.record({
        items: fc.array(fc.nat(60), { maxLength: 30 }),
        maxConcurrency: fc.integer({ min: 1, max: 6 }),
        ordered: fc.boolean(),
      }),
      { numRuns: 1, seed },
    )
    const { items, maxConcurrency, ordered } = plan!
    const world = createWorld({ runtime })
    let running = 0
    let most = 0
    const run = async (task: Process<never>, ms: number): Promise<number> => {
      most = Math.max(most, ++running)
      await task.sleep(ms)
      running--
      return ms
    }
    const outcomes = values(await collect(world, items, run, { maxConcurrency, ordered }))
    const sorted = (list: readonly unknown[]) => list.toSorted((a, b) => Number(a) - Number(b))
    expect(ordered ? outcomes : sorted(outcomes)).toEqual(ordered ? items : sorted(items))
    expect(most).toBeLessThanOrEqual(maxConcurrency)
    if (items.length >= maxConcurrency && items.every((ms) => ms > 0)) expect(most).toBe(maxConcurrency)
    expect(world.node.processCount()).toBe(0)
  })
})
