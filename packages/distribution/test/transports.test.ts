/** The transports that need no system: memory, and the simulated network of `@agner/testing`. */
import { createVirtualRuntime } from '@agner/testing'
import { defaultConditions, type NetworkConditions } from '../../testing/src/network/conditions.ts'
import { World as SimulatedWorld, type Host } from '../../testing/src/network/world.ts'
import { SeededRandom } from '../../testing/src/random.ts'
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
    const world = new SimulatedWorld({
      runtime,
      random: new SeededRandom(seed, 1),
      conditions: { ...defaultConditions, ...conditions },
      tracing: null,
    })
    const host = (name: string): Host => ({ name, machine: name, ends: new Set(), isOver: false })
    return Promise.resolve({
      near: world.networkOf(host('near')),
      far: world.networkOf(host('far')),
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
