import { createNode, type Process } from '@agner/core'
import { describe, expect, test, vi } from 'vitest'
import { Fingerprint } from '../src/fingerprint.ts'
import { createVirtualRuntime, type VirtualRuntime } from '../src/index.ts'

/** Hops through `count` microtasks, as a body behind many wrappers does. */
async function deep(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await null
}

describe('time', () => {
  test('stands still while things settle, and moves by what advance is given', async () => {
    const runtime = createVirtualRuntime({ startMs: 5000 })
    expect([runtime.nowMs(), runtime.wallClockMs()]).toEqual([0, 5000])
    await runtime.settle()
    expect(runtime.nowMs()).toBe(0)
    await runtime.advance(1.5)
    await runtime.advance(0)
    expect([runtime.nowMs(), runtime.wallClockMs()]).toEqual([1.5, 5001])
  })

  test('the wall clock jumps alone', async () => {
    const runtime = createVirtualRuntime({ startMs: 0 })
    let fired = false
    runtime.setTimer(10, () => (fired = true))
    runtime.jumpWallClock(-3_600_000)
    expect([runtime.nowMs(), runtime.wallClockMs(), fired]).toEqual([0, -3_600_000, false])
    await runtime.advance(10)
    expect(fired).toBe(true)
  })

  test('timers fire at their instants, in order, and see what they set themselves', async () => {
    const runtime = createVirtualRuntime()
    const seen: string[] = []
    const at = (name: string) => () => void seen.push(`${name}@${runtime.nowMs()}`)
    runtime.setTimer(30, at('c'))
    runtime.setTimer(10, () => {
      at('a')()
      runtime.setTimer(5, at('b'))
      runtime.setTimer(0, at('a2'))
    })
    runtime.setTimer(30, at('d'))
    const cleared = runtime.setTimer(20, at('never'))
    cleared.clear()
    cleared.clear()
    runtime.setTimer(31, at('late'))
    await runtime.advance(30)
    expect(seen).toEqual(['a@10', 'a2@10', 'b@15', 'c@30', 'd@30'])
    expect(runtime.pendingTimers).toBe(1)
  })

  test('code may hold the thread: the clocks go on, and what was due meanwhile fires late, in order', async () => {
    const runtime = createVirtualRuntime({ startMs: 1000 })
    const seen: string[] = []
    const at = (name: string) => () => void seen.push(`${name}@${runtime.nowMs()}`)
    runtime.setTimer(30, at('b'))
    runtime.setTimer(10, () => {
      runtime.holdThread(50)
      at('a')()
    })
    runtime.setTimer(80, at('c'))
    await runtime.advance(40)
    expect([seen, runtime.nowMs(), runtime.wallClockMs()]).toEqual([['a@60', 'b@60'], 60, 1060])
    runtime.holdThread(100)
    await runtime.settle()
    await runtime.advance(1)
    expect([seen.at(-1), runtime.nowMs()]).toEqual(['c@160', 161])
    const bad: unknown = expect.objectContaining({ code: 'testing.bad_time' })
    for (const ms of [-1, Number.NaN, Infinity]) expect(() => runtime.holdThread(ms)).toThrow(bad)
  })

  test('clearing one of several timers of an instant takes that one', async () => {
    for (const seed of [1, 2, 3]) {
      const runtime = createVirtualRuntime({ seed })
      const seen: number[] = []
      const timers = [0, 1, 2, 3, 4].map((n) => runtime.setTimer(7, () => seen.push(n)))
      timers[2]!.clear()
      timers[4]!.clear()
      await runtime.advance(7)
      expect(new Set(seen)).toEqual(new Set([0, 1, 3]))
    }
  })

  test.each([-1, Number.NaN, Infinity, 2 ** 31])(
    'a delay of %s is refused, since real timers would wrap',
    (delayMs) => {
      expect(() => createVirtualRuntime().setTimer(delayMs, () => {})).toThrow(
        expect.objectContaining({ code: 'testing.bad_delay' }),
      )
    },
  )

  test.each([Number.NaN, Infinity])('the wall clock does not show %s', (ms) => {
    const bad: unknown = expect.objectContaining({ code: 'testing.bad_option' })
    expect(() => createVirtualRuntime({ startMs: ms })).toThrow(bad)
    expect(() => createVirtualRuntime().jumpWallClock(ms)).toThrow(bad)
  })

  test.each([-1, Number.NaN, Infinity])('time does not move by %s', async (ms) => {
    await expect(createVirtualRuntime().advance(ms)).rejects.toMatchObject({ code: 'testing.bad_time' })
  })
})

describe('settling', () => {
  test('waits for chains of real microtasks of any length, between any two tasks', async () => {
    const runtime = createVirtualRuntime()
    const seen: string[] = []
    const body = async (name: string) => {
      await deep(1000)
      seen.push(`${name} ended`)
    }
    runtime.macrotask(() => void body('a'))
    runtime.macrotask(() => void body('b'))
    runtime.macrotask(() => seen.push('c'))
    await runtime.settle()
    expect(seen).toEqual(['a ended', 'b ended', 'c'])
  })

  test('microtasks come before macrotasks, and both in order', async () => {
    for (const seed of [undefined, 1, 2, 3, 4, 5]) {
      const runtime = createVirtualRuntime(seed === undefined ? {} : { seed })
      const seen: string[] = []
      runtime.macrotask(() => {
        seen.push('M1')
        runtime.microtask(() => seen.push('m4'))
      })
      runtime.macrotask(() => seen.push('M2'))
      for (const name of ['m1', 'm2', 'm3']) runtime.microtask(() => seen.push(name))
      await runtime.settle()
      expect(seen).toEqual(['m1', 'm2', 'm3', 'M1', 'm4', 'M2'])
    }
  })

  test('a timer of 0 is due at once', async () => {
    const runtime = createVirtualRuntime()
    let fired = false
    runtime.setTimer(0, () => (fired = true))
    await runtime.settle()
    expect(fired).toBe(true)
  })

  test('what goes round and round is an error that says so', async () => {
    const runtime = createVirtualRuntime({ seed: 9, turnLimit: 500 })
    const again = () => runtime.macrotask(again)
    again()
    await expect(runtime.settle()).rejects.toMatchObject({
      code: 'testing.turn_limit',
      message: expect.stringContaining('seed 9') as unknown,
    })
  })

  test('the same for timers of one instant; those of later instants are no harm', async () => {
    const runtime = createVirtualRuntime({ turnLimit: 500 })
    let fired = 0
    const tick = () => {
      fired++
      runtime.setTimer(1, tick)
    }
    tick()
    await runtime.advance(5000)
    expect(fired).toBe(5001)
    const spin = () => void runtime.setTimer(0, spin)
    spin()
    await expect(runtime.advance(1)).rejects.toMatchObject({ code: 'testing.turn_limit' })
  })

  test('the same for timers that hardly take time, and a limit that is none is refused', async () => {
    const runtime = createVirtualRuntime({ turnLimit: 500 })
    const again = () => void runtime.setTimer(1e-7, again)
    again()
    await expect(runtime.advance(1)).rejects.toMatchObject({ code: 'testing.turn_limit' })
    const bad: unknown = expect.objectContaining({ code: 'testing.bad_option' })
    for (const turnLimit of [0, 1.5, Number.NaN]) expect(() => createVirtualRuntime({ turnLimit })).toThrow(bad)
    await createVirtualRuntime({ turnLimit: Infinity }).advance(1)
  })

  test('who polls with timers of 0 ms lets time pass in the end, and macrotasks run', async () => {
    for (const seed of [undefined, 1, 2]) {
      const runtime = createVirtualRuntime({ turnLimit: 5000, ...(seed !== undefined && { seed }) })
      const node = createNode({ runtime })
      let isDone = false
      node.spawn(async (self) => {
        await self.sleep(5)
        isDone = true
      })
      const polls = node.spawn(async (self) => {
        while (!isDone) await self.sleep(0)
      })
      expect(await runtime.runUntil(node.exited(polls))).toBe('normal')
      expect(runtime.nowMs()).toBeLessThan(7)
      let ran = false
      const again = () => void (ran || runtime.setTimer(0, again))
      again()
      runtime.macrotask(() => (ran = true))
      await runtime.settle()
      expect(ran).toBe(true)
    }
  })

  test('a thousand timers of 0 ms in a row take no time; those that are set at once never do', async () => {
    const runtime = createVirtualRuntime()
    let left = 1000
    const again = () => void (--left > 0 && runtime.setTimer(0, again))
    runtime.setTimer(0, again)
    for (let n = 0; n < 5000; n++) runtime.setTimer(0, () => {})
    await runtime.settle()
    expect([left, runtime.nowMs(), runtime.pendingTimers]).toEqual([0, 0, 0])
  })

  test('tasks that fail together are told together: the next call is none of their business', async () => {
    const runtime = createVirtualRuntime()
    const fail = (text: string) => () => {
      throw new Error(text)
    }
    runtime.setTimer(1, () => {
      runtime.microtask(fail('the other'))
      fail('the one')()
    })
    const both = runtime.advance(1)
    await expect(both).rejects.toMatchObject({
      code: 'testing.tasks_failed',
      message: expect.stringContaining('the one'),
    })
    await expect(both).rejects.toMatchObject({
      details: { errors: [{ message: 'the one' }, { message: 'the other' }] },
    })
    await runtime.settle()
  })

  test('what a task throws is thrown by the driver, and the rest goes on', async () => {
    const runtime = createVirtualRuntime()
    let ran = false
    runtime.microtask(() => {
      throw new Error('in a microtask')
    })
    runtime.setTimer(5, () => {
      throw new Error('in a timer')
    })
    runtime.setTimer(6, () => (ran = true))
    await expect(runtime.settle()).rejects.toThrow('in a microtask')
    await expect(runtime.advance(10)).rejects.toThrow('in a timer')
    await runtime.advance(10)
    expect(ran).toBe(true)
  })

  test('goes on while the timers of Node.js are fakes', async () => {
    vi.useFakeTimers()
    try {
      const runtime = createVirtualRuntime()
      const node = createNode({ runtime })
      expect(await runtime.runUntil(node.exited(node.spawn(async (self) => self.sleep(1000))))).toBe('normal')
    } finally {
      vi.useRealTimers()
    }
  })

  test('one driver at a time, also from inside a process', async () => {
    const runtime = createVirtualRuntime()
    const node = createNode({ runtime, report: () => {} })
    const reason = node.exited(node.spawn(async (self) => self.wait(runtime.settle())))
    const first = runtime.runUntil(reason)
    await expect(runtime.advance(1)).rejects.toMatchObject({ code: 'testing.already_driven' })
    expect(await first).toMatchObject({ code: 'testing.already_driven' })
  })
})

describe('runUntil', () => {
  test('gives what the promise gives, and goes no further', async () => {
    const runtime = createVirtualRuntime()
    const slept = (ms: number) => new Promise<number>((resolve) => runtime.setTimer(ms, () => resolve(ms)))
    let later = false
    runtime.setTimer(50_001, () => (later = true))
    expect(await runtime.runUntil(slept(50_000))).toBe(50_000)
    expect([runtime.nowMs(), later]).toEqual([50_000, false])
    expect(await runtime.runUntil(Promise.resolve('at once'))).toBe('at once')
    await expect(runtime.runUntil(Promise.reject(new Error('no')))).rejects.toThrow('no')
  })

  test('a promise that nobody will settle is an error, at once', async () => {
    const runtime = createVirtualRuntime({ seed: 3 })
    const node = createNode({ runtime })
    const waits = node.spawn(async (self: Process<string>) => self.receive())
    await expect(runtime.runUntil(node.exited(waits))).rejects.toMatchObject({
      code: 'testing.hang',
      message: expect.stringContaining('seed 3') as unknown,
    })
    const end = node.exited(waits)
    node.send(waits, 'go')
    expect(await runtime.runUntil(end)).toBe('normal')
  })

  test('asks a thenable once: there are some whose then does the work', async () => {
    let asked = 0
    const query: PromiseLike<number> = {
      then: (resolve) => Promise.resolve(++asked).then(resolve),
    }
    expect([await createVirtualRuntime().runUntil(query), asked]).toEqual([1, 1])
  })

  test('in a world that is never at rest, gives up after as much virtual time as it is given', async () => {
    const runtime = createVirtualRuntime({ seed: 3 })
    const tick = () => void runtime.setTimer(1000, tick)
    tick()
    const slept = new Promise<void>((resolve) => runtime.setTimer(60_000, resolve))
    await runtime.runUntil(slept, { hangAfterMs: 60_000 })
    await expect(runtime.runUntil(new Promise(() => {}), { hangAfterMs: 60_000 })).rejects.toMatchObject({
      code: 'testing.hang',
      message: expect.stringMatching(/within 60000 ms.*up to 120000 ms.*seed 3.*larger hangAfterMs/) as unknown,
    })
    for (const hangAfterMs of [0, -1, Number.NaN])
      await expect(runtime.runUntil(slept, { hangAfterMs })).rejects.toMatchObject({ code: 'testing.bad_option' })
  })

  test('a clock that ticks for ever does not hide a hang for ever', async () => {
    const runtime = createVirtualRuntime({ turnLimit: 1000 })
    const tick = () => void runtime.setTimer(1000, tick)
    tick()
    await expect(runtime.runUntil(new Promise(() => {}))).rejects.toMatchObject({ code: 'testing.turn_limit' })
  })
})

describe('seeds', () => {
  /** Processes of both kinds on two nodes that send, sleep, die and restart each other; says everything that happens and when. */
  async function traceOf(runtime: VirtualRuntime): Promise<string[]> {
    const trace: string[] = []
    const say = (text: string) => void trace.push(`${runtime.nowMs()} ${text}`)
    for (const name of ['a@sim', 'b@sim']) {
      const node = createNode({ name, runtime, report: (report) => say(`${name} reports ${report.type}`) })
      const hub = node.spawn({
        init: () => 0,
        message: (self: Process<string>, message: string, count: number) => {
          say(`${name} hub got ${message}`)
          if (self.node.runtime.random() < 0.05) throw new Error('unlucky')
          return count + 1
        },
      })
      for (let n = 0; n < 6; n++) {
        node.spawn(async (self) => {
          for (let k = 0; k < 5; k++) {
            say(`${name}.${n} turn ${k}`)
            self.send(hub, `${n}:${k}`)
            await deep(n)
            await self.sleep(Math.floor(runtime.random() * 3))
          }
        })
      }
    }
    await runtime.advance(100)
    return trace
  }

  test('the same seed gives the same run, event by event', async () => {
    for (const seed of [1, 2, 12345, 2 ** 32 - 1]) {
      const first = createVirtualRuntime({ seed })
      const second = createVirtualRuntime({ seed })
      expect(await traceOf(second)).toEqual(await traceOf(first))
      expect([second.turns, second.fingerprint]).toEqual([first.turns, first.fingerprint])
    }
  })

  test('runs that differ in anything have other fingerprints, from where they part on', async () => {
    const runs = [1, 1, 1].map((seed) => createVirtualRuntime({ seed }))
    const prints = () => runs.map(({ fingerprint }) => fingerprint)
    for (const runtime of runs) for (const delayMs of [5, 7, 10]) runtime.setTimer(delayMs, () => {})
    runs[2]!.setTimer(0.5, () => {}).clear()
    expect(new Set(prints()).size).toBe(1)
    await Promise.all(runs.map((runtime) => runtime.advance(6)))
    expect(new Set(prints()).size).toBe(1)
    runs[1]!.setTimer(2.5, () => {})
    await Promise.all(runs.map((runtime) => runtime.advance(6)))
    const [one, other, same] = prints()
    expect(one).toMatch(/^[0-9a-f]{16}$/)
    expect([one === other, one === same]).toEqual([false, true])
  })

  test('prints of ten thousand short runs are all different', async () => {
    const seen = new Set<string>()
    for (let ms = 1; ms <= 100; ms++) {
      for (let times = 1; times <= 100; times++) {
        const print = new Fingerprint()
        for (let n = 0; n < times; n++) print.add(n * ms)
        seen.add(print.text)
      }
    }
    // One number 0 is the same for each of the hundred.
    expect(seen.size).toBe(100 * 100 - 99)
  })

  test('no seed is a schedule of its own, the same each time', async () => {
    expect(await traceOf(createVirtualRuntime())).toEqual(await traceOf(createVirtualRuntime()))
  })

  test('other seeds give other runs', async () => {
    const runs = new Set<string>()
    for (let seed = 0; seed < 20; seed++) runs.add((await traceOf(createVirtualRuntime({ seed }))).join('\n'))
    expect(runs.size).toBe(20)
  })

  test('a seed explores orders that first in, first out never shows', async () => {
    const orders = async (runtime: VirtualRuntime): Promise<string> => {
      const node = createNode({ runtime })
      const seen: number[] = []
      for (let n = 0; n < 3; n++) node.spawn(async () => void seen.push(n))
      await runtime.settle()
      return seen.join('')
    }
    expect(await orders(createVirtualRuntime())).toBe('012')
    const found = new Set<string>()
    for (let seed = 0; seed < 100; seed++) found.add(await orders(createVirtualRuntime({ seed })))
    expect([...found].sort()).toEqual(['012', '021', '102', '120', '201', '210'])
  })

  test('two runtimes at once do not disturb each other', async () => {
    const alone = await traceOf(createVirtualRuntime({ seed: 7 }))
    const [one, other] = await Promise.all([
      traceOf(createVirtualRuntime({ seed: 7 })),
      traceOf(createVirtualRuntime({ seed: 8 })),
    ])
    expect(one).toEqual(alone)
    expect(other).not.toEqual(alone)
  })

  test("randomness is the seed's, whatever the schedule draws", () => {
    const a = createVirtualRuntime({ seed: 5 })
    const b = createVirtualRuntime({ seed: 5 })
    b.pick!(10)
    b.setTimer(1, () => {})
    expect([b.random(), ...b.randomBytes(8)]).toEqual([a.random(), ...a.randomBytes(8)])
  })

  test.each([-1, 1.5, 2 ** 32, Number.NaN])('%s is no seed', (seed) => {
    expect(() => createVirtualRuntime({ seed })).toThrow(expect.objectContaining({ code: 'testing.bad_seed' }))
  })
})

test('nothing of it touches the ambient clock: a day passes in no time', async () => {
  const runtime = createVirtualRuntime()
  const node = createNode({ runtime })
  const done = node.spawn(async (self) => {
    for (let minute = 0; minute < 24 * 60; minute++) await self.sleep(60_000)
  })
  const realStartMs = performance.now()
  expect(await runtime.runUntil(node.exited(done))).toBe('normal')
  expect(runtime.nowMs()).toBe(86_400_000)
  expect(performance.now() - realStartMs).toBeLessThan(2000)
})
