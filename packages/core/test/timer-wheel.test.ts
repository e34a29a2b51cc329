import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { none, type SlotHolder } from '../src/timers/timer-slots.ts'
import { TimerWheel, wheelMs } from '../src/timers/timer-wheel.ts'

class Held implements SlotHolder {
  timerSlot = none
  readonly id: number
  readonly atMs: number
  /** When it fires, as the wheel sees it. */
  readonly dueMs: number

  constructor(id: number, atMs: number, nowMs: number) {
    this.id = id
    this.atMs = atMs
    this.dueMs = Math.max(wheelMs(atMs), Math.floor(nowMs * 4) / 4)
  }
}

/** A wheel, and beside it the naive thing: a list that is sorted. */
class Twins {
  readonly wheel = new TimerWheel()
  readonly list: Held[] = []
  nowMs: number
  #ids = 0

  constructor(nowMs: number) {
    this.nowMs = nowMs
    this.wheel.startAt(nowMs)
  }

  set(atMs: number): void {
    const held = new Held(this.#ids++, atMs, this.nowMs)
    held.timerSlot = this.wheel.slots.take(held)
    this.wheel.slots.deadlinesMs[held.timerSlot] = atMs
    this.wheel.place(held.timerSlot)
    this.list.push(held)
  }

  cancel(which: number): void {
    if (this.list.length === 0) return
    const [held] = this.list.splice(which % this.list.length, 1)
    this.wheel.remove(held!.timerSlot)
    this.wheel.slots.free(held!.timerSlot)
    this.wheel.slots.pack()
  }

  /** What fires up to `nowMs`, from either. */
  pass(nowMs: number): { readonly fired: number[]; readonly expected: number[] } {
    this.nowMs = nowMs
    const fired: number[] = []
    for (let slot = this.wheel.takeDue(nowMs); slot !== none; slot = this.wheel.takeDue(nowMs)) {
      const held = this.wheel.slots.holder(slot) as Held
      expect(held.atMs).toBeLessThanOrEqual(nowMs)
      fired.push(held.id)
      this.wheel.slots.free(slot)
    }
    this.wheel.slots.pack()
    const due = this.list.filter((held) => held.dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs || a.id - b.id)
    for (const held of due) this.list.splice(this.list.indexOf(held), 1)
    return { fired, expected: due.map(({ id }) => id) }
  }
}

const delayMs = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 3, arbitrary: fc.double({ min: 0, max: 40, noNaN: true }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 100_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -1000, max: 0 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 ** 31 }) },
  { weight: 1, arbitrary: fc.integer({ min: 2 ** 28 - 50, max: 2 ** 28 + 50 }) },
)
const step = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('set' as const), delayMs) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('cancel' as const), fc.nat()) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('pass' as const), delayMs) },
)

describe('timer wheel', () => {
  test('gives what a sorted list would: by deadline, equal ones in the order of setting', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constant(0), fc.double({ min: 0, max: 2 ** 29, noNaN: true }), fc.constant(2 ** 28 - 3)),
        fc.array(step, { maxLength: 100 }),
        (startMs, steps) => {
          const twins = new Twins(startMs)
          for (const [kind, value] of steps) {
            if (kind === 'set') twins.set(twins.nowMs + value)
            else if (kind === 'cancel') twins.cancel(value)
            else {
              const { fired, expected } = twins.pass(twins.nowMs + Math.max(0, value))
              expect(fired).toEqual(expected)
            }
            const next = twins.wheel.nextMs()
            const first = Math.min(...twins.list.map((held) => held.dueMs))
            expect(next).toBeLessThanOrEqual(first)
            expect(next === Infinity).toBe(twins.list.length === 0)
          }
          const { fired, expected } = twins.pass(twins.nowMs + 2 ** 32)
          expect(fired).toEqual(expected)
          expect(twins.list).toEqual([])
          expect(twins.wheel.nextMs()).toBe(Infinity)
        },
      ),
      { numRuns: 3000 },
    )
  })

  test('goes from bucket to bucket, not from tick to tick', () => {
    const twins = new Twins(0)
    for (const atMs of [1, 3_600_000, 3_600_001, 2 ** 29]) twins.set(atMs)
    let looks = 0
    for (let next = twins.wheel.nextMs(); next !== Infinity; next = twins.wheel.nextMs()) {
      const { fired, expected } = twins.pass(next)
      expect(fired).toEqual(expected)
      looks++
    }
    expect(looks).toBeLessThan(20)
  })

  test('memory follows the number of timers, down as well as up', () => {
    const twins = new Twins(0)
    for (let i = 0; i < 20_000; i++) twins.set(1000 + ((i * 7919) % 100_003))
    const { room } = twins.wheel.slots
    expect(room).toBeGreaterThan(20_000)
    while (twins.list.length > 10) twins.cancel(twins.list.length - 1)
    expect(twins.wheel.slots.room).toBeLessThan(room / 8)
    const { fired, expected } = twins.pass(200_000)
    expect(fired).toEqual(expected)
    expect(fired).toHaveLength(10)
  })
})
