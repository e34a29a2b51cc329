import { expect, test } from 'vitest'
import { createVirtualRuntime } from '../../src/index.ts'
import { Hold } from '../../src/network/hold.ts'

test('as much as one likes waits for a thread that is held, and runs in order', async () => {
  const runtime = createVirtualRuntime()
  const hold = new Hold(runtime)
  hold.begin()
  let ran = 0
  let isInOrder = true
  for (let n = 0; n < 130_000; n++)
    hold.brought(() => {
      if (ran++ !== n) isInOrder = false
    })
  hold.end()
  // What comes while the rest runs comes after it.
  let last = 0
  hold.macrotask(() => (last = ran))
  await runtime.settle()
  expect([ran, isInOrder, last]).toEqual([130_000, true, 130_000])
})

test('a microtask that throws takes nobody else his turn', async () => {
  const runtime = createVirtualRuntime()
  const hold = new Hold(runtime)
  const seen: string[] = []
  const fail = (): never => {
    throw new Error('no')
  }
  hold.begin()
  hold.microtask(fail)
  hold.microtask(() => seen.push('microtask'))
  hold.timer(() => seen.push('timer'))
  hold.macrotask(() => seen.push('macrotask'))
  expect(() => hold.end()).toThrow('no')
  hold.brought(() => seen.push('brought'))
  await runtime.settle()
  expect(seen).toEqual(['microtask', 'timer', 'macrotask', 'brought'])
})
