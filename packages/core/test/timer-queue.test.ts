import { createVirtualRuntime } from '@agner/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TimerEntry, TimerQueue } from '../src/timers/timer-queue.ts'

class Named extends TimerEntry {
  readonly act: () => void

  constructor(act: () => void) {
    super()
    this.act = act
  }

  fire(): void {
    this.act()
  }
}

describe('timer queue', () => {
  test('fires as a sorted list would: by deadline, then in order of setting, never what was cancelled', async () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('set' as const),
          delayMs: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.double({ min: 0, max: 50, noNaN: true })),
        }),
      },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('cancel' as const), which: fc.nat() }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 30 }) }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
        const runtime = createVirtualRuntime()
        const queue = new TimerQueue(runtime)
        const fired: number[] = []
        const late: number[] = []
        const entries: Named[] = []
        const model: { id: number; atMs: number }[] = []
        const expected: number[] = []
        const due = () => {
          model.sort((a, b) => a.atMs - b.atMs || a.id - b.id)
          while (model.length > 0 && model[0]!.atMs <= runtime.nowMs()) expected.push(model.shift()!.id)
        }
        for (const each of steps) {
          if (each.kind === 'set') {
            const id = entries.length
            const atMs = runtime.nowMs() + each.delayMs
            const entry = new Named(() => {
              fired.push(id)
              if (runtime.nowMs() < atMs || runtime.nowMs() > atMs + 1) late.push(id)
            })
            entries.push(entry)
            queue.set(entry, each.delayMs)
            model.push({ id, atMs })
          } else if (each.kind === 'cancel' && entries.length > 0) {
            const id = each.which % entries.length
            const index = model.findIndex((timer) => timer.id === id)
            const left = queue.cancel(entries[id]!)
            if (index < 0) expect(left).toBe(false)
            else expect(left).toBe(Math.max(0, Math.ceil(model.splice(index, 1)[0]!.atMs - runtime.nowMs())))
          } else if (each.kind === 'pass') {
            await runtime.advance(each.ms)
            due()
            expect(fired).toEqual(expected)
          }
          expect(queue.size).toBe(entries.filter((entry) => entry.pending).length)
        }
        await runtime.advance(200)
        due()
        expect(fired).toEqual(expected)
        expect(late).toEqual([])
        expect(queue.size).toBe(0)
      }),
      { numRuns: 120 },
    )
  })

  test('a deadline beyond 2^31 ms is reached, not wrapped', async () => {
    const runtime = createVirtualRuntime()
    const queue = new TimerQueue(runtime)
    let firedAtMs = 0
    queue.set(new Named(() => (firedAtMs = runtime.nowMs())), 2 ** 33 + 5)
    await runtime.advance(2 ** 33)
    expect(firedAtMs).toBe(0)
    await runtime.advance(5)
    expect(firedAtMs).toBe(2 ** 33 + 5)
  })

  test('an entry that fires may set and cancel others of the same instant', async () => {
    const runtime = createVirtualRuntime()
    const queue = new TimerQueue(runtime)
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

  test('setting and cancelling a million timers leaves nothing behind', () => {
    const queue = new TimerQueue(createVirtualRuntime())
    const stays = new Named(() => {})
    queue.set(stays, 1e9)
    for (let i = 0; i < 1_000_000; i++) {
      const entry = new Named(() => {})
      queue.set(entry, 5000 + (i % 100))
      queue.cancel(entry)
    }
    expect(queue.size).toBe(1)
    expect(queue.leftMs(stays.atMs)).toBe(1e9)
  })

  test('stopped, it fires nothing', async () => {
    const runtime = createVirtualRuntime()
    const queue = new TimerQueue(runtime)
    let fired = false
    queue.set(new Named(() => (fired = true)), 5)
    queue.stop()
    await runtime.advance(100)
    expect([fired, queue.size, runtime.pendingTimers]).toEqual([false, 0, 0])
  })
})
