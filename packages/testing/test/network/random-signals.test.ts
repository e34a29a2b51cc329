import { expect, it } from 'vitest'
import { createVirtualRuntime, eachSeed } from '../../src/index.ts'
import { randomSignals } from './random-signals.ts'

it('signals between nodes are what the model says, whatever fails', { timeout: 120_000 }, async () => {
  await eachSeed({ seeds: 60 }, async (runtime, seed) => randomSignals({ runtime, seed }))
})

it('a failure is the same each time', async () => {
  const course = async () => {
    const runtime = createVirtualRuntime({ seed: 3 })
    await randomSignals({ runtime, seed: 3 })
    return runtime.fingerprint
  }
  expect(await course()).toBe(await course())
})
