/**
 * The arithmetic of `active`, as inet:setopts/2 of Erlang/OTP 25 does it.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { activate, noDemand, taken, toActive, type Active, type Demand } from '../src/ports/demand.ts'

const after = (...steps: readonly (Active | 'item')[]): { readonly mode: Active; readonly passives: number } => {
  let demand: Demand = noDemand
  let passives = 0
  for (const step of steps) {
    const next = step === 'item' ? taken(demand) : activate(demand, step)
    demand = next.demand
    if (next.usedUp) passives++
  }
  return { mode: toActive(demand), passives }
}

test.each<[readonly (Active | 'item')[], Active, number]>([
  [['once'], 'once', 0],
  [['once', 'once', 'item'], false, 0],
  [[true, 'item', 'item'], true, 0],
  [[2, 'item'], 1, 0],
  [[2, 'item', 'item'], false, 1],
  [[2, 3], 5, 0],
  [[5, -3], 2, 0],
  [[5, -5], false, 1],
  [[5, -9], false, 1],
  [[0], false, 1],
  [[true, -5], false, 1],
  [['once', 4], 4, 0],
  [[true, 4], 4, 0],
  [[4, false], false, 0],
  [[4, 'once'], 'once', 0],
  [[4, false, 2], 2, 0],
  [[1], 1, 0],
])('%j leaves %j, and is told passive %i times', (steps, mode, passives) => {
  expect(after(...steps)).toEqual({ mode, passives })
})

test('a count never exceeds 16 bits', () => {
  expect(after(32_766, 1).mode).toBe(32_767)
  expect(() => after(32_766, 2)).toThrow(/32767/)
  for (const bad of [32_768, -32_768, 0.5, Infinity, Number.NaN, null as never, 'always' as never])
    expect(() => after(bad)).toThrow(expect.objectContaining({ code: 'port.bad_active' }))
})

test('of N items that are asked for by count, N are told, and passive once', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 20 }), (counts) => {
      const total = counts.reduce((sum, count) => sum + count, 0)
      const items = Array.from({ length: total }, () => 'item' as const)
      expect(after(...counts, ...items)).toEqual({ mode: false, passives: 1 })
    }),
  )
})
