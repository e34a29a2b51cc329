/** The judge of histories: by hand, and by the definition on thousands of small ones. */
import { describe, expect, it } from 'vitest'
import { isLinearizableByDefinition } from './linearizability/brute-force.ts'
import { checkLinearizable } from './linearizability/check.ts'
import type { Operation } from './linearizability/history.ts'
import { register, type RegisterInput, type RegisterOutput } from './linearizability/register.ts'
import { Dice } from './world/dice.ts'

type Op = Operation<RegisterInput, RegisterOutput>

const get: RegisterInput = { type: 'get' }
const put = (value: number): RegisterInput => ({ type: 'put', value })
const add = (by: number): RegisterInput => ({ type: 'add', by })
const compareAndSet = (expected: number, value: number): RegisterInput => ({ type: 'compareAndSet', expected, value })

function op(calledAt: number, answeredAt: number, input: RegisterInput, output?: RegisterOutput, key = 'x'): Op {
  return { client: `c${calledAt}`, key, input, calledAt, answeredAt, output }
}

const verdict = (...operations: Op[]): string => checkLinearizable(register, operations).type

describe('linearizable', () => {
  it('nothing, and one after the other', () => {
    expect(verdict()).toBe('linearizable')
    expect(verdict(op(1, 2, get, 0), op(3, 4, put(5), 5), op(5, 6, get, 5))).toBe('linearizable')
  })

  it('a read beside a write sees it or not', () => {
    expect(verdict(op(1, 4, put(5), 5), op(2, 3, get, 0))).toBe('linearizable')
    expect(verdict(op(1, 4, put(5), 5), op(2, 3, get, 5))).toBe('linearizable')
  })

  it('an unanswered write took effect at once, late, or never', () => {
    expect(verdict(op(1, Infinity, put(5)), op(2, 3, get, 5))).toBe('linearizable')
    expect(verdict(op(1, Infinity, put(5)), op(2, 3, get, 0), op(4, 5, get, 5))).toBe('linearizable')
    expect(verdict(op(1, Infinity, put(5)), op(2, 3, get, 0), op(4, 5, get, 0))).toBe('linearizable')
  })

  it('writes that overlap take effect in either order', () => {
    expect(verdict(op(1, 4, add(1), 11), op(2, 3, add(10), 10))).toBe('linearizable')
    expect(verdict(op(1, 4, add(1), 1), op(2, 3, add(10), 11))).toBe('linearizable')
    expect(verdict(op(1, 4, compareAndSet(0, 1), true), op(2, 3, compareAndSet(0, 2), false))).toBe('linearizable')
  })

  it('keys are objects of their own', () => {
    expect(verdict(op(1, 2, put(5), 5, 'x'), op(3, 4, get, 0, 'y'))).toBe('linearizable')
  })
})

describe('not linearizable', () => {
  it('a stale read', () => {
    expect(verdict(op(1, 2, put(5), 5), op(3, 4, get, 0))).toBe('wrong')
  })

  it('a value that was seen and is gone again', () => {
    expect(verdict(op(1, 6, put(5), 5), op(2, 3, get, 5), op(4, 5, get, 0))).toBe('wrong')
    expect(verdict(op(1, Infinity, put(5)), op(2, 3, get, 5), op(4, 5, get, 0))).toBe('wrong')
  })

  it('an acknowledged write that is lost', () => {
    expect(verdict(op(1, 2, add(1), 1), op(3, 4, add(1), 1))).toBe('wrong')
  })

  it('a write that took effect twice, or before its call', () => {
    expect(verdict(op(1, 2, add(1), 2))).toBe('wrong')
    expect(verdict(op(1, Infinity, add(1)), op(2, 3, get, 2))).toBe('wrong')
    expect(verdict(op(1, 2, get, 5), op(3, 4, put(5), 5))).toBe('wrong')
  })

  it('two that both were the first', () => {
    expect(verdict(op(1, 4, compareAndSet(0, 1), true), op(2, 3, compareAndSet(0, 2), true))).toBe('wrong')
  })

  it('says which answer has no place', () => {
    const wrong = checkLinearizable(register, [op(1, 2, put(5), 5), op(3, 4, get, 0), op(5, 6, get, 5, 'y')])
    expect(wrong).toMatchObject({ type: 'wrong', key: 'x', text: expect.stringContaining('before it the state was 5') })
  })
})

it('gives up on what has too many open operations', () => {
  const open = Array.from({ length: 40 }, (_, n) => op(n + 1, Infinity, add(1)))
  expect(verdict(...open, op(100, 101, get, 3))).toBe('undecided')
})

/** A small history of one key: answers of a real register, a part of them falsified, a part of them not given. */
function randomHistory(dice: Dice): Op[] {
  const count = 1 + dice.below(6)
  const times = dice.shuffled(Array.from({ length: count * 2 }, (_, at) => at))
  const spans = Array.from({ length: count }, (_, n) => [times[2 * n]!, times[2 * n + 1]!].sort((a, b) => a - b))
  let state = 0
  return dice.shuffled(spans).map(([calledAt, answeredAt]) => {
    const input = dice.one([get, put(dice.below(3)), add(1), compareAndSet(dice.below(3), dice.below(3))])
    const stepped = register.step(state, input)
    state = stepped.state
    if (dice.chance(0.25)) return op(calledAt!, Infinity, input)
    const isBoolean = typeof stepped.output === 'boolean'
    const output = !dice.chance(0.2) ? stepped.output : isBoolean ? !stepped.output : dice.below(4)
    return op(calledAt!, answeredAt!, input, output)
  })
}

it('says what the definition says', () => {
  const dice = new Dice(20_261)
  const count = { linearizable: 0, wrong: 0, undecided: 0 }
  for (let history = 0; history < 4000; history++) {
    const operations = randomHistory(dice)
    const { type } = checkLinearizable(register, operations)
    count[type]++
    const expected = isLinearizableByDefinition(register, operations) ? 'linearizable' : 'wrong'
    if (type !== expected) throw new Error(`${type}, not ${expected}: ${JSON.stringify(operations)}`)
  }
  expect(count.linearizable).toBeGreaterThan(800)
  expect(count.wrong).toBeGreaterThan(800)
  expect(count.undecided).toBe(0)
})
