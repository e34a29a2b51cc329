/**
 * The pure rules of supervisors, each against a small model of its own.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { afterExit, endsSupervisor, type AutoShutdown } from '../src/supervisor/after-exit.ts'
import type { Restart } from '../src/supervisor/child-spec.ts'
import { RestartWindow } from '../src/supervisor/intensity.ts'
import { oneForAll } from '../src/supervisor/strategies/one-for-all.ts'
import { oneForOne } from '../src/supervisor/strategies/one-for-one.ts'
import type { PlannedChild, Strategy } from '../src/supervisor/strategies/plan.ts'
import { restForOne } from '../src/supervisor/strategies/rest-for-one.ts'

const restarts = fc.constantFrom<Restart>('permanent', 'transient', 'temporary')

/** Children with ids of their own, and the index of one that is restarted. */
const family = fc
  .array(restarts, { minLength: 1, maxLength: 12 })
  .chain((kinds) =>
    fc.record({
      children: fc.constant(kinds.map((restart, index): PlannedChild => ({ id: `c${index}`, restart }))),
      ended: fc.nat(kinds.length - 1),
    }),
  )
  .filter(({ children, ended }) => children[ended]!.restart !== 'temporary')

/** The strategies as sets, told a second way: who is touched when the child at `ended` is restarted. */
const touched: Readonly<Record<string, readonly [Strategy, (index: number, ended: number) => boolean]>> = {
  oneForOne: [oneForOne, (index, ended) => index === ended],
  oneForAll: [oneForAll, () => true],
  restForOne: [restForOne, (index, ended) => index >= ended],
}

describe.each(Object.entries(touched))('%s', (_, [strategy, isTouched]) => {
  test('stops the touched others newest first, and starts the touched in order, but for temporary ones', () => {
    fc.assert(
      fc.property(family, ({ children, ended }) => {
        const plan = strategy(() => children, children[ended]!.id)
        const group = children.filter((_child, index) => isTouched(index, ended))
        const others = group.filter(({ id }) => id !== children[ended]!.id)
        expect(plan.stop).toEqual(others.map(({ id }) => id).toReversed())
        expect(plan.start).toEqual(group.filter(({ restart }) => restart !== 'temporary').map(({ id }) => id))
      }),
    )
  })
})

test('one_for_one does not look at the others, however many there are', () => {
  const plan = oneForOne(() => expect.unreachable('it asked for all children'), 'x')
  expect(plan).toEqual({ stop: [], start: ['x'] })
})

describe('restart intensity', () => {
  const limits = fc.record({ intensity: fc.nat(6), periodMs: fc.integer({ min: 1, max: 100 }) })
  const gaps = fc.array(fc.nat(60), { maxLength: 40 })

  test('is a sliding window: a model that remembers every restart for ever says the same', () => {
    fc.assert(
      fc.property(limits, gaps, (limit, between) => {
        const all: number[] = []
        const window = new RestartWindow()
        let nowMs = 0
        for (const gap of between) {
          nowMs += gap
          all.push(nowMs)
          const inWindow = all.filter((atMs) => nowMs - atMs <= limit.periodMs).length
          expect(window.count(nowMs, limit)).toBe(inWindow > limit.intensity)
          expect(window.size).toBe(inWindow)
        }
      }),
    )
  })

  test('does not forget at the end of a fixed period', () => {
    const at = (times: readonly number[]) => {
      const window = new RestartWindow()
      return times.map((nowMs) => window.count(nowMs, { intensity: 2, periodMs: 1000 })).at(-1)
    }
    expect(at([900, 950, 1100])).toBe(true)
    expect(at([0, 500, 1000])).toBe(true)
    expect(at([0, 500, 1001])).toBe(false)
  })

  test('of 0 allows none', () => {
    expect(new RestartWindow().count(5, { intensity: 0, periodMs: 1 })).toBe(true)
  })

  test('costs the same for each of a million restarts, and keeps none that is past', () => {
    const window = new RestartWindow()
    for (let nowMs = 0; nowMs < 1_000_000; nowMs++) window.count(nowMs, { intensity: 1e9, periodMs: 10_000 })
    expect(window.size).toBe(10_001)
  })
})

describe('after an exit', () => {
  const orderly = fc.constantFrom('normal', 'shutdown', { shutdown: 'x' })
  const crash = fc.constantFrom('odd', 'killed', 'noconnection', 'kill', { other: 1 }, null, 7)

  test('permanent children are always restarted, transient ones after a crash, temporary ones never (V06)', () => {
    fc.assert(
      fc.property(orderly, crash, (calm, wild) => {
        expect(afterExit({ restart: 'permanent' }, calm).act).toBe('restart')
        expect(afterExit({ restart: 'permanent' }, wild).act).toBe('restart')
        expect(afterExit({ restart: 'transient' }, calm)).toEqual({ act: 'keep', report: false })
        expect(afterExit({ restart: 'transient' }, wild)).toEqual({ act: 'restart', report: true })
        expect(afterExit({ restart: 'temporary' }, calm)).toEqual({ act: 'forget', report: false })
        expect(afterExit({ restart: 'temporary' }, wild)).toEqual({ act: 'forget', report: true })
      }),
    )
  })

  test.each<[AutoShutdown, boolean, boolean, boolean]>([
    ['never', true, false, false],
    ['anySignificant', true, true, true],
    ['anySignificant', false, false, false],
    ['allSignificant', true, true, false],
    ['allSignificant', true, false, true],
    ['allSignificant', false, false, false],
  ])(
    'with autoShutdown %s, of a significant (%s) child while others run (%s), the supervisor ends: %s',
    (auto, significant, othersRun, ends) => {
      expect(endsSupervisor(auto, { significant }, othersRun)).toBe(ends)
    },
  )
})
