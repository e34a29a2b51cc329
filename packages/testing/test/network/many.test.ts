/**
 * Two hundred nodes live for a minute of virtual time, in seconds of real time. The bound is generous: the machine may be busy. What it
 * takes: `node --conditions=@agner/source packages/testing/test/network/measure.ts`.
 */
import { expect, it } from 'vitest'
import { clusterMinute } from './cluster-minute.ts'

it('two hundred nodes live for a minute in seconds', { timeout: 120_000 }, async () => {
  const startMs = performance.now()
  const { connections, frames, calls, downs, lostDowns } = await clusterMinute({ seed: 1, nodes: 200 })
  expect(connections).toBeGreaterThan(700)
  expect(frames).toBeGreaterThan(20_000)
  expect(calls).toBeGreaterThan(10_000)
  expect(downs).toBeGreaterThan(10)
  expect(lostDowns).toBe(0)
  expect(performance.now() - startMs).toBeLessThan(60_000)
})

it('the same seed gives the same minute', { timeout: 120_000 }, async () => {
  const [first, second] = [await clusterMinute({ seed: 5, nodes: 20 }), await clusterMinute({ seed: 5, nodes: 20 })]
  expect(first.fingerprint).toBe(second.fingerprint)
  expect(first.trace).toEqual(second.trace)
})
