import { describe, expect, it } from 'vitest'
import { whenCopiesMayAnswer } from '../../src/chaos/copies-may-answer.ts'
import type { Fault, Struck } from '../../src/chaos/plan.ts'

const graceMs = 2000
const voters = ['db1', 'db2', 'log']
/** Somebody was told twice a second that something is stored. */
const acknowledgedAtMs = Array.from({ length: 200 }, (_, index) => index * 500)
const kill = (node: string, fromMs: number, toMs: number): Struck => ({ fault: { type: 'kill', node }, fromMs, toMs })

function mayAnswer(struck: readonly Struck[], acknowledged = acknowledgedAtMs): unknown[] {
  return whenCopiesMayAnswer({ struck, voters, acknowledgedAtMs: acknowledged }).filter(({ toMs }) => toMs < Infinity)
}

describe('a copy may answer', () => {
  it('while two of those that keep the messages were down, and a moment after', () => {
    expect(mayAnswer([kill('db1', 1000, 5000), kill('log', 3000, 6000)])).toEqual([
      { fromMs: 3000, toMs: 5000 + graceMs },
    ])
  })

  it('not while one of them was down, or one and a node that keeps none', () => {
    expect(mayAnswer([kill('db1', 1000, 5000), kill('http1', 1000, 5000), kill('db2', 5000, 9000)])).toEqual([])
  })

  it('while two nodes were alone with each other: their users have no majority', () => {
    const fault: Fault = { type: 'split', node: 'db1', with: 'http1', forMs: 1000 }
    expect(mayAnswer([{ fault, fromMs: 1000, toMs: 2500 }])).toEqual([{ fromMs: 1000, toMs: 2500 + graceMs }])
  })

  it('while nothing was acknowledged to anybody for more than a second', () => {
    expect(mayAnswer([], [0, 500, 4000, 4500])).toEqual([{ fromMs: 1500, toMs: 4000 + graceMs }])
  })

  it('when the last acknowledgement is long ago', () => {
    expect(whenCopiesMayAnswer({ struck: [], voters, acknowledgedAtMs: [10, 20] })).toEqual([
      { fromMs: 1020, toMs: Infinity },
    ])
  })
})
