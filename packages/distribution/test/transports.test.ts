/** The transports that need no system: memory, and the simulated network of `@agner/testing`. */
import { createVirtualRuntime, simulateNetwork, type NetworkConditions } from '@agner/testing'
import { MemoryNetwork } from '../src/index.ts'
import { describeTransport, type World } from './transports.ts'

function memory(seed: number | null): () => Promise<World> {
  return () => {
    const runtime = createVirtualRuntime()
    const network = new MemoryNetwork({ runtime, ...(seed !== null && { seed }) })
    return Promise.resolve({
      near: network,
      far: network,
      runtime,
      host: '127.0.0.1',
      wait: (promise) => runtime.runUntil(promise),
      settle: () => runtime.settle(),
    })
  }
}

function simulated(seed: number, conditions: NetworkConditions): () => Promise<World> {
  return () => {
    const runtime = createVirtualRuntime({ seed })
    const networkOf = simulateNetwork({ runtime, seed, conditions })
    return Promise.resolve({
      near: networkOf('near'),
      far: networkOf('far'),
      runtime,
      host: 'far',
      wait: (promise) => runtime.runUntil(promise),
      settle: () => runtime.advance(1000),
    })
  }
}

describeTransport('memory', memory(null))
describeTransport('memory, cut and late', memory(7))
describeTransport('the simulator', simulated(1, {}))
describeTransport(
  'the simulator, in bad weather',
  simulated(2, { splitChance: 0.9, stallChance: 0.1, latencyMs: [1, 300] }),
)
