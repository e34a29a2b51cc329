import { createVirtualRuntime } from '@agner/testing'
import { expect, test, vi } from 'vitest'
import { createNode } from '../src/index.ts'
import { setLongTimer } from '../src/kernel.ts'

test('a long timer fires once its time has come, however long that is, and never asks the runtime for more than it takes', async () => {
  const runtime = createVirtualRuntime()
  const node = createNode({ runtime })
  const asked = vi.spyOn(runtime, 'setTimer')
  const fired: number[] = []
  for (const delayMs of [-1, 0, 5, 2 ** 31 - 1, 2 ** 31, 6e9])
    setLongTimer(node, delayMs, () => void fired.push(delayMs))
  const cleared = setLongTimer(node, 5e9, () => void fired.push(5e9))
  await runtime.advance(10)
  expect(fired).toEqual([-1, 0, 5])
  await runtime.advance(2 ** 31 - 2)
  expect(fired).toEqual([-1, 0, 5, 2 ** 31 - 1, 2 ** 31])
  cleared.clear()
  await runtime.advance(6e9)
  expect(fired).toEqual([-1, 0, 5, 2 ** 31 - 1, 2 ** 31, 6e9])
  expect(asked.mock.calls.every(([delayMs]) => delayMs >= 0 && delayMs < 2 ** 31)).toBe(true)
  asked.mockClear()
  setLongTimer(node, Infinity, () => {}).clear()
  expect(asked).not.toHaveBeenCalled()
})
