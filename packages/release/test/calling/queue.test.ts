import { expect, test } from 'vitest'
import { operationOf, type Operation } from '../../src/calling/operation.ts'
import { Queue } from '../../src/calling/queue.ts'

const operations = (count: number): Operation[] =>
  Array.from({ length: count }, (_, id) =>
    operationOf(
      id,
      { process: 'p', type: 'call', name: 'n', arg: null, timeoutMs: 1, isSafe: false },
      { '~answer': () => undefined },
      1,
    ),
  )

function takeAll(queue: Queue): number[] {
  const ids: number[] = []
  for (let next = queue.take(); next !== null; next = queue.take()) ids.push(next.id)
  return ids
}

test('those that come stand behind, those that come again before; who leaves, leaves no gap', () => {
  const queue = new Queue()
  const [a, b, c, d, e] = operations(5)
  for (const each of [a, b, c, d]) queue.add(each!)
  queue.addFirst(e!)
  expect(queue.size).toBe(5)
  for (const each of [e, b, d]) queue.leave(each!)
  // Twice is once, and one that is not here leaves nothing.
  queue.add(a!)
  queue.leave(b!)
  expect(queue.size).toBe(2)
  expect(takeAll(queue)).toEqual([0, 2])
  expect([queue.size, queue.take()]).toEqual([0, null])
  queue.addFirst(c!)
  queue.add(b!)
  expect(takeAll(queue)).toEqual([2, 1])
})

test('it does as a list does, whatever comes and goes', () => {
  const queue = new Queue()
  const all = operations(8)
  let list: Operation[] = []
  let random = 7
  const dice = (sides: number): number => (random = (random * 48_271) % 2_147_483_647) % sides
  for (let n = 0; n < 5000; n++) {
    const one = all[dice(8)]!
    const others = list.filter((each) => each !== one)
    const isThere = others.length < list.length
    const step = dice(4)
    if (step === 0) {
      queue.add(one)
      if (!isThere) list.push(one)
    } else if (step === 1) {
      queue.addFirst(one)
      if (!isThere) list.unshift(one)
    } else if (step === 2) {
      queue.leave(one)
      list = others
    } else expect(queue.take()).toBe(list.shift() ?? null)
    expect(queue.size).toBe(list.length)
  }
  expect(takeAll(queue)).toEqual(list.map(({ id }) => id))
})
