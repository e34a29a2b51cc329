import { createNode, type Process } from '@agner/core'
import { createVirtualRuntime } from '@agner/testing'
import { expect, test } from 'vitest'
import type { ClaimAnswer } from '../../src/index.ts'
import { claimFrom, type Asked, type Authority } from '../../src/arbiter/holder.ts'

/** How often an authority that always refuses is asked in that time, and what comes of it. */
async function asking(restMs: number, waitMs: number, ask: () => Asked = () => ({ type: 'taken', by: 'n@h' })) {
  const runtime = createVirtualRuntime({ seed: 1 })
  const node = createNode({ runtime })
  let asked = 0
  let fail!: (error: Error) => void
  const authority: Authority = {
    ask: async () => {
      if (++asked > 500) fail(new Error('It is asked without a rest.'))
      return ask()
    },
    restMs: () => restMs,
  }
  const answer = new Promise<ClaimAnswer>((resolve, reject) => {
    fail = reject
    node.spawn(async (self: Process<never>) => {
      resolve(await self.wait(claimFrom(self, 'shop', { waitMs }, () => authority)))
    })
  })
  return { answer: await runtime.runUntil(answer), asked, tookMs: runtime.nowMs() }
}

test('who waits asks again after a rest', async () => {
  expect(await asking(100, 1000)).toMatchObject({ asked: 11, answer: { type: 'taken', by: 'n@h' } })
})

for (const restMs of [0, -1, Number.NaN, -Infinity, 1e-9])
  test(`an authority that names no rest is not asked without one: ${String(restMs)} ms`, async () => {
    const { answer, asked, tookMs } = await asking(restMs, 1000)
    expect(answer).toEqual({ type: 'taken', by: 'n@h' })
    expect(asked).toBeGreaterThan(2)
    expect(asked).toBeLessThanOrEqual(101)
    expect(tookMs).toBeGreaterThanOrEqual(1000)
  })

test('nor is one that fails; one that never wants to be asked again is asked when the time is over', async () => {
  const fails = () => {
    throw new Error('no luck')
  }
  const { answer, asked } = await asking(0, 1000, fails)
  expect(answer).toEqual({ type: 'unavailable', reason: 'no luck' })
  expect(asked).toBeLessThanOrEqual(101)
  expect(await asking(Infinity, 1000)).toMatchObject({ asked: 2, tookMs: 1000 })
})

test('one look needs no rest', async () => {
  expect(await asking(0, 0)).toMatchObject({ asked: 1, tookMs: 0 })
})
