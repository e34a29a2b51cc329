import { expect, test } from 'vitest'
import { generatedMachine } from '../check/generated-machine.ts'
import { generatedProtocol } from '../check/generated-protocol.ts'
import { budgetPerMessage, overBudget, perMessage, sizes } from '../check/type-budget.ts'

const counts = (perMessageCost: (size: number) => number) => sizes.map((size) => 20_000 + size * perMessageCost(size))

test('counts that grow linearly within the budget are fine', () => {
  expect(
    overBudget(
      'tsc',
      counts(() => budgetPerMessage),
    ),
  ).toBeUndefined()
  expect(perMessage(counts(() => 100))).toEqual([100, 100, 100, 100])
})

test('a message too dear is named with the counts', () => {
  expect(
    overBudget(
      'tsc',
      counts(() => budgetPerMessage + 1),
    ),
  ).toContain(`costs ${budgetPerMessage + 1} instantiations`)
  expect(
    overBudget(
      'tsc',
      counts(() => budgetPerMessage + 1),
    ),
  ).toContain('10: ')
})

test('growth faster than the messages is noticed within the budget, too', () => {
  expect(
    overBudget(
      'tsc',
      counts((size) => 20 + size / 10),
    ),
  ).toContain('do not grow linearly')
})

test('a generated protocol has as many messages as it is asked for, each defined and used', () => {
  for (const size of [3, 10, 500]) {
    const uses = generatedProtocol(size).match(/\b(call|cast|info)\(self, api, /g)
    expect(uses).toHaveLength(size)
    expect(generatedMachine(size).match(/\b(call|info|notify)\(self, api, /g)).toHaveLength(size)
  }
})
