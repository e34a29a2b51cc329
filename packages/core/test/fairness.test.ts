/**
 * Who gets how much: turns, the flooded, `yield`, and the count of it all.
 */
import { createVirtualRuntime, eachSeed, type VirtualRuntime } from '@agner/testing'
import { describe, expect, test } from 'vitest'
import type { AnyPid, Process } from '../src/index.ts'
import type { ProcessRecord } from '../src/kernel/process-record.ts'
import { createWorld } from './world.ts'

/** Time that goes on by work alone: `work()` takes so many milliseconds of it. */
function working(): { readonly runtime: VirtualRuntime; work(ms: number): void } {
  const virtual = createVirtualRuntime()
  let workedMs = 0
  const runtime = Object.create(virtual, {
    nowMs: { value: () => virtual.nowMs() + workedMs },
    ...Object.fromEntries(
      (['microtask', 'macrotask', 'setTimer', 'settle', 'random', 'randomBytes', 'wallClockMs'] as const).map(
        (name) => [name, { value: (virtual[name] as (...args: unknown[]) => unknown).bind(virtual) }],
      ),
    ),
  }) as VirtualRuntime
  return { runtime, work: (ms) => void (workedMs += ms) }
}

describe('a process that is flooded', () => {
  const others = 1000
  const forms = {
    callback: (handle: (n: number) => void) => ({
      init: () => null,
      message: (_self: Process<number>, n: number) => {
        handle(n)
        return null
      },
    }),
    async: (handle: (n: number) => void) => async (self: Process<number>) => {
      for (;;) handle(await self.receive())
    },
  }

  test.each(Object.entries(forms))(
    'catches up, and a thousand others get their turns meanwhile, %s',
    async (form, body) => {
      const { runtime, work } = working()
      const { node } = createWorld({ runtime })
      /** Who did something, in order. */
      const course: (number | 'flooded')[] = []
      let isFlooded = true
      const messages = 60_000
      const flooded = node.spawn<number>(
        body((n) => {
          work(0.005)
          course.push('flooded')
          if (n === messages) isFlooded = false
        }),
      )
      // In pairs that pass one message to and fro: each time it makes a turn.
      const pids = Array.from({ length: others }, (_, index) =>
        node.spawn<null>({
          init: () => null,
          message: (self: Process<null>) => {
            work(0.005)
            course.push(index)
            if (isFlooded) self.send(pids[index ^ 1]!, null)
          },
        }),
      )
      for (let index = 0; index < others; index += 2) node.send(pids[index]!, null)
      for (let n = 1; n <= messages; n++) node.send(flooded, n)
      await runtime.settle()

      const turns = new Map<number, number>()
      let inOneGo = 0
      let longest = 0
      for (const who of course) {
        if (who !== 'flooded') turns.set(who, (turns.get(who) ?? 0) + 1)
        inOneGo = who === 'flooded' ? inOneGo + 1 : 0
        longest = Math.max(longest, inOneGo)
      }
      const counts = [...turns.values()]
      expect(counts).toHaveLength(others)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2)
      // Never for longer than a slice of a millisecond: 200 messages of 5 µs.
      expect(longest).toBeLessThanOrEqual(200)
      // Every other turn is its own; to each message of an async body, which comes in a microtask, somebody else gets one.
      const theirs = course.filter((who) => who !== 'flooded').length
      expect(theirs / messages).toBeLessThan(form === 'callback' ? 0.1 : 1.1)
      expect(node.processInfo(flooded)!.mailboxLength).toBe(0)
    },
  )

  test('is not ahead of those of a higher priority', async () => {
    const { runtime, node } = createWorld()
    const order: string[] = []
    const flooded = node.spawn<number>(forms.callback(() => order.push('flooded')))
    for (let n = 0; n < 2000; n++) node.send(flooded, n)
    node.spawn<number>(
      {
        init: (self: Process<number>) => self.send(self.pid, 1),
        message: (self: Process<number>, step: number) => {
          order.push('high')
          if (step < 50) self.send(self.pid, step + 1)
        },
      },
      { priority: 'high' },
    )
    await runtime.settle()
    expect(order.slice(0, 50)).toEqual(Array<string>(50).fill('high'))
    expect(order).toHaveLength(2050)
  })
})

describe('yield', () => {
  const names = ['a', 'b', 'c']

  test('lets each of the others go once', async () => {
    const { node, runtime } = createWorld()
    const order: string[] = []
    for (const name of names)
      node.spawn(async (self) => {
        for (let step = 0; step < 10; step++) {
          order.push(name)
          await self.yield()
        }
      })
    await runtime.settle()
    for (const name of names) {
      const at = [...order.keys()].filter((index) => order[index] === name)
      const between = at.slice(1).map((index, nth) => order.slice(at[nth]! + 1, index))
      // The others, once each; at the beginning one may be met in the midst of its first turn.
      expect(between.slice(1, -1)).toEqual(between.slice(1, -1).map(() => [expect.anything(), expect.anything()]))
    }
    expect(order).toHaveLength(30)
  })

  test('within a handler that is async: its messages wait, the others go on', async () => {
    await eachSeed({ seeds: 20 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const order: string[] = []
      const busy = node.spawn<string>({
        init: () => null,
        message: async (self: Process<string>, message: string) => {
          for (let step = 0; step < 5; step++) await self.yield()
          order.push(message)
          return null
        },
      })
      const other = node.spawn<string>({ init: () => null, message: (_, message: string) => void order.push(message) })
      for (const message of ['first', 'second']) node.send(busy, message)
      node.send(other, 'other')
      await runtime.settle()
      expect(order.filter((each) => each !== 'other')).toEqual(['first', 'second'])
      expect(order).toContain('other')
    })
  })

  test('for ever, by many, holds up neither timers nor messages', async () => {
    const { node, runtime } = createWorld()
    let isOver = false
    for (const _ of names)
      node.spawn(async (self) => {
        while (!isOver) await self.yield()
      })
    const pid = node.spawn(async (self: Process<string>) => {
      self.sendAfter(0, self.pid, 'due')
      isOver = (await self.receive()) === 'due'
    })
    await runtime.settle()
    expect([isOver, node.isAlive(pid), node.processCount()]).toEqual([true, false, 0])
  })
})

describe('reductions', () => {
  const of = (node: { processInfo: Process<never>['processInfo'] }, pid: AnyPid): number =>
    node.processInfo(pid, ['reductions'])!.reductions

  test('count turns and what was handled at them, in either form', async () => {
    await eachSeed({ seeds: 10 }, async (runtime) => {
      const { node } = createWorld({ runtime })
      const pids = [
        node.spawn<number>({ init: () => null, message: () => null }),
        node.spawn<number>(async (self) => {
          for (;;) await self.receive()
        }),
        node.spawn<number>({
          init: () => null,
          message: async (self: Process<number>) => {
            await self.yield()
            return null
          },
        }),
      ]
      await runtime.settle()
      for (const pid of pids) {
        const before = of(node, pid)
        for (let n = 0; n < 100; n++) node.send(pid, n)
        await runtime.settle()
        const done = of(node, pid) - before
        expect(done).toBeGreaterThanOrEqual(100)
        expect(done).toBeLessThanOrEqual(800)
        await runtime.advance(1000)
        expect(of(node, pid) - before).toBe(done)
      }
    })
  })

  test('of the whole node are those of all its processes, the dead included', async () => {
    const { node, runtime } = createWorld()
    const before = node.counters().reductions
    for (let count = 0; count < 10; count++)
      node.spawn(async (self) => {
        for (let step = 0; step < 10; step++) await self.yield()
      })
    await runtime.settle()
    const done = node.counters().reductions - before
    expect(node.processCount()).toBe(0)
    expect(done).toBeGreaterThanOrEqual(100)
    expect(done).toBeLessThanOrEqual(300)
  })

  test('go on beyond what a small integer holds', async () => {
    const { node, runtime } = createWorld()
    const pid = node.spawn<number>({ init: () => null, message: () => null })
    await runtime.settle()
    const record: ProcessRecord = pid.process!
    for (const wraps of [1, 2]) {
      record.reductions = 2 ** 31 - 5
      for (let n = 0; n < 20; n++) node.send(pid, n)
      await runtime.settle()
      const done = of(node, pid) - wraps * 2 ** 31
      expect(done).toBeGreaterThan(10)
      expect(done).toBeLessThan(40)
      expect(record.reductions).toBe(done)
    }
  })
})
