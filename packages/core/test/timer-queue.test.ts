import { createVirtualRuntime } from '@agner/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Runtime } from '../src/index.ts'
import { TimerEntry, TimerQueue } from '../src/timers/timer-queue.ts'
import { none, type SlotHolder } from '../src/timers/timer-slots.ts'

class Named extends TimerEntry {
  readonly act: () => void

  constructor(act: () => void) {
    super()
    this.act = act
  }

  get pending(): boolean {
    return this.timerSlot !== none
  }

  fire(): void {
    this.act()
  }
}

const queueOf = (runtime: Runtime) => new TimerQueue(runtime, null)

/** A naive node: a list of what is set. */
class Model {
  readonly set: { readonly id: number; readonly atMs: number; readonly owner: number; readonly order: number }[] = []
  /** Set by `setSoon`, until the clock is looked at. */
  readonly soon: { readonly id: number; readonly delayMs: number }[] = []
  readonly fired: number[] = []
  #order = 0

  add(id: number, atMs: number, owner: number): void {
    this.set.push({ id, atMs, owner, order: this.#order++ })
  }

  look(nowMs: number): void {
    for (const { id, delayMs } of this.soon.splice(0)) this.add(id, nowMs + delayMs, -1)
  }

  pass(nowMs: number): void {
    const due = this.set.filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs || a.order - b.order)
    for (const each of due) {
      this.set.splice(this.set.indexOf(each), 1)
      this.fired.push(each.id)
    }
  }

  isSet(id: number): boolean {
    return this.set.some((each) => each.id === id) || this.soon.some((each) => each.id === id)
  }

  drop(test: (each: { readonly id: number; readonly owner: number }) => boolean): void {
    for (let i = this.set.length - 1; i >= 0; i--) if (test(this.set[i]!)) this.set.splice(i, 1)
    for (let i = this.soon.length - 1; i >= 0; i--) if (test({ ...this.soon[i]!, owner: -1 })) this.soon.splice(i, 1)
  }
}

const ms = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 50 }) },
  { weight: 2, arbitrary: fc.integer({ min: 50, max: 5000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 2 ** 28, max: 2 ** 28 + 3 }) },
)
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('set' as const), ms, owner: fc.integer({ min: -1, max: 2 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('setSoon' as const), ms }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('setAt' as const), ms: fc.integer({ min: -60, max: 60 }) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('cancel' as const), which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('cancelAllOf' as const), owner: fc.integer({ min: 0, max: 2 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 60 }) }) },
)

describe('timer queue', () => {
  test('does what a sorted list would, and arms one timer of the runtime at most', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const runtime = createVirtualRuntime()
        const queue = queueOf(runtime)
        const model = new Model()
        const fired: number[] = []
        const entries: Named[] = []
        const owners: SlotHolder[] = [0, 1, 2].map(() => ({ timerSlot: none }))
        const make = (): Named => {
          const id = entries.length
          const entry = new Named(() => fired.push(id))
          entries.push(entry)
          return entry
        }
        for (const each of steps) {
          const nowMs = runtime.nowMs()
          if (each.kind === 'set') {
            model.add(entries.length, nowMs + each.ms, each.owner)
            queue.set(make(), each.ms, owners[each.owner] ?? null)
          } else if (each.kind === 'setAt') {
            model.add(entries.length, Math.max(nowMs, nowMs + each.ms), -1)
            queue.setAt(make(), nowMs + each.ms)
          } else if (each.kind === 'setSoon') {
            model.soon.push({ id: entries.length, delayMs: each.ms })
            queue.setSoon(make(), each.ms)
          } else if (each.kind === 'cancel' && entries.length > 0) {
            const id = each.which % entries.length
            const found = model.set.find((timer) => timer.id === id)
            if (found !== undefined) expect(queue.leftMs(entries[id]!)).toBe(Math.max(0, found.atMs - nowMs))
            expect(queue.cancel(entries[id]!)).toBe(model.isSet(id))
            expect(queue.leftMs(entries[id]!)).toBe(false)
            model.drop((timer) => timer.id === id)
          } else if (each.kind === 'cancelAllOf') {
            queue.cancelAllOf(owners[each.owner]!)
            model.drop((timer) => timer.owner === each.owner)
          } else if (each.kind === 'pass') {
            model.look(nowMs)
            await runtime.advance(each.ms)
            model.pass(runtime.nowMs())
            expect(fired).toEqual(model.fired)
            expect(runtime.pendingTimers).toBeLessThanOrEqual(1)
          }
          expect(queue.size).toBe(model.set.length + model.soon.length)
          expect(entries.map((entry) => entry.pending)).toEqual(entries.map((_, id) => model.isSet(id)))
        }
        model.look(runtime.nowMs())
        await runtime.advance(2 ** 29)
        model.pass(runtime.nowMs())
        expect(fired).toEqual(model.fired)
        expect([queue.size, runtime.pendingTimers]).toEqual([0, 0])
        expect(owners.map(({ timerSlot }) => timerSlot)).toEqual([none, none, none])
      }),
      { numRuns: 1500 },
    )
  })

  test('between whole milliseconds: never early, and not a whole one late', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { maxLength: 30 }), async (delays) => {
        const runtime = createVirtualRuntime()
        const queue = queueOf(runtime)
        for (const delayMs of delays) {
          const atMs = runtime.nowMs() + delayMs
          queue.set(
            new Named(() => {
              expect(runtime.nowMs()).toBeGreaterThanOrEqual(atMs)
              expect(runtime.nowMs()).toBeLessThan(atMs + 1.25)
            }),
            delayMs,
          )
          await runtime.advance(delayMs / 3)
        }
        await runtime.advance(30)
        expect(queue.size).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  test('fractions do not make the time that is left longer than the delay', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), fc.integer({ min: 0, max: 1e6 }), (nowUs, delayMs) => {
        const nowMs = nowUs / 1000
        const runtime: Runtime = {
          ...methodsOf(createVirtualRuntime()),
          nowMs: () => nowMs,
          setTimer: () => dummyTimer,
        }
        const queue = queueOf(runtime)
        const entry = new Named(() => {})
        queue.set(entry, delayMs)
        expect(queue.leftMs(entry)).toBe(delayMs)
      }),
      { numRuns: 2000 },
    )
  })

  test('a deadline beyond 2^31 ms is reached, not wrapped', async () => {
    const runtime = createVirtualRuntime()
    const queue = queueOf(runtime)
    let firedAtMs = 0
    queue.set(new Named(() => (firedAtMs = runtime.nowMs())), 2 ** 33 + 5)
    await runtime.advance(2 ** 33)
    expect(firedAtMs).toBe(0)
    await runtime.advance(5)
    expect(firedAtMs).toBe(2 ** 33 + 5)
  })

  test('an entry that fires may set and cancel others of the same instant', async () => {
    const runtime = createVirtualRuntime()
    const queue = queueOf(runtime)
    const fired: string[] = []
    const third = new Named(() => fired.push('third'))
    queue.set(
      new Named(() => {
        fired.push('first')
        queue.cancel(third)
        queue.set(new Named(() => fired.push('now')), 0)
        queue.set(new Named(() => fired.push('later')), 7)
      }),
      5,
    )
    queue.set(new Named(() => fired.push('second')), 5)
    queue.set(third, 5)
    await runtime.advance(5)
    expect(fired).toEqual(['first', 'second', 'now'])
    await runtime.advance(7)
    expect(fired).toEqual(['first', 'second', 'now', 'later'])
  })

  test('instants that are over fire in the order of setting, also while the wheel shows an earlier time', async () => {
    const runtime = createVirtualRuntime()
    const queue = queueOf(runtime)
    const fired: number[] = []
    queue.set(new Named(() => {}), 50)
    await runtime.advance(10)
    for (const atMs of [10, 3, 7]) queue.setAt(new Named(() => fired.push(atMs)), atMs)
    await runtime.settle()
    expect(fired).toEqual([10, 3, 7])
  })

  test('one that throws takes nobody with it', async () => {
    const runtime = createVirtualRuntime()
    const queue = queueOf(runtime)
    const fired: string[] = []
    queue.set(new Named(() => fired.push('first')), 5)
    queue.set(
      new Named(() => {
        throw new Error('no')
      }),
      5,
    )
    queue.set(new Named(() => fired.push('third')), 5)
    queue.set(new Named(() => fired.push('later')), 50)
    await expect(runtime.advance(5)).rejects.toThrow('no')
    await runtime.advance(50)
    expect(fired).toEqual(['first', 'third', 'later'])
    expect(runtime.pendingTimers).toBe(0)
  })

  test('many at once fire in portions, in their order, and others have a turn in between', async () => {
    const runtime = createVirtualRuntime()
    const queue = queueOf(runtime)
    const fired: number[] = []
    let seen = 0
    for (let n = 0; n < 10_000; n++)
      queue.set(
        new Named(() => {
          fired.push(n)
          if (n === 0) runtime.macrotask(() => (seen = fired.length))
        }),
        5,
      )
    await runtime.advance(5)
    expect(fired).toEqual(Array.from({ length: 10_000 }, (_, n) => n))
    expect(seen).toBeLessThan(10_000)
    expect(runtime.nowMs()).toBe(5)
  })

  test('nothing ticks while nothing is due', async () => {
    const runtime = createVirtualRuntime()
    const queue = queueOf(runtime)
    let fired = 0
    for (const delayMs of [3_600_000, 3_600_000, 7_200_000]) queue.set(new Named(() => fired++), delayMs)
    await runtime.advance(7_200_000)
    expect(fired).toBe(3)
    expect(runtime.turns).toBeLessThan(12)
  })

  test('waits that are mostly over before cost no look at the clock each', async () => {
    const virtual = createVirtualRuntime()
    let looks = 0
    const nowMs = () => (looks++, virtual.nowMs())
    const queue = queueOf({ ...methodsOf(virtual), nowMs })
    looks = 0
    for (let n = 0; n < 1000; n++) {
      const entry = new Named(() => {})
      queue.setSoon(entry, 5000)
      queue.cancel(entry)
    }
    await virtual.settle()
    expect(looks).toBe(0)
    const left = new Named(() => {})
    queue.setSoon(left, 5000)
    looks = 0
    for (let n = 0; n < 1000; n++) {
      const entry = new Named(() => {})
      queue.setSoon(entry, 5000)
      queue.cancel(entry)
    }
    await virtual.settle()
    expect(looks).toBeLessThan(5)
    expect(queue.leftMs(left)).toBe(5000)
  })

  test('setting and cancelling a million timers leaves nothing behind', () => {
    const queue = queueOf(createVirtualRuntime())
    const stays = new Named(() => {})
    queue.set(stays, 1e9)
    for (let i = 0; i < 1_000_000; i++) {
      const entry = new Named(() => {})
      queue.set(entry, 5000 + (i % 100))
      queue.cancel(entry)
    }
    expect(queue.size).toBe(1)
    expect(queue.leftMs(stays)).toBe(1e9)
  })

  test('memory comes back when 100,000 timers are gone, also if one stays', async () => {
    const runtime = createVirtualRuntime()
    const queue = queueOf(runtime)
    const fired: string[] = []
    const little = 4096
    const owner: SlotHolder = { timerSlot: none }
    queue.set(new Named(() => fired.push('stays')), 200_000)
    const entries = Array.from({ length: 100_000 }, () => new Named(() => {}))
    entries.forEach((entry, i) => queue.set(entry, 1000 + (i % 1000), i % 2 === 0 ? owner : null))
    expect(queue.room).toBeGreaterThan(100_000)
    for (const entry of entries) queue.cancel(entry)
    expect(queue.room).toBeLessThan(little)
    entries.forEach((entry, i) => queue.set(entry, 1000 + (i % 1000), owner))
    queue.cancelAllOf(owner)
    expect(queue.size).toBe(1)
    expect(queue.room).toBeLessThan(little)
    entries.forEach((entry, i) => queue.set(entry, 1000 + (i % 1000), owner))
    await runtime.advance(2000)
    expect(queue.size).toBe(1)
    expect(queue.room).toBeLessThan(little)
    await runtime.advance(200_000)
    expect(fired).toEqual(['stays'])
  })

  test('stopped, it fires nothing, not even what it was in the middle of', async () => {
    const runtime = createVirtualRuntime()
    const queue = queueOf(runtime)
    const fired: string[] = []
    queue.set(
      new Named(() => {
        fired.push('first')
        queue.stop()
      }),
      5,
    )
    queue.set(new Named(() => fired.push('second')), 5)
    queue.setSoon(new Named(() => fired.push('soon')), 5)
    await runtime.advance(100)
    expect([fired, queue.size, runtime.pendingTimers]).toEqual([['first'], 0, 0])
  })
})

const dummyTimer = { clear: () => {}, ref: () => {}, unref: () => {} }

/** The methods of a class instance as an object that can be spread. */
function methodsOf(runtime: Runtime): Runtime {
  return {
    nowMs: () => runtime.nowMs(),
    wallClockMs: () => runtime.wallClockMs(),
    random: () => runtime.random(),
    randomBytes: (length) => runtime.randomBytes(length),
    microtask: (task) => runtime.microtask(task),
    afterMicrotasks: (task) => runtime.afterMicrotasks(task),
    macrotask: (task) => runtime.macrotask(task),
    setTimer: (delayMs, task) => runtime.setTimer(delayMs, task),
  }
}
