/**
 * The simulated network without a cluster: hosts, and streams between them, for tests of what speaks by streams itself.
 */
import type { Network } from '@agner/distribution'
import { SeededRandom } from '../random.ts'
import type { VirtualRuntime } from '../virtual-runtime.ts'
import { defaultConditions, type NetworkConditions } from './conditions.ts'
import { World } from './world.ts'

export interface SimulatedNetworkOptions {
  readonly runtime: VirtualRuntime
  /** Default 1. The same seed and program give the same course. */
  readonly seed?: number
  readonly conditions?: NetworkConditions
}

/**
 * Gives each host its view of one simulated network: `const networkOf = simulateNetwork({ runtime })`, then
 * `networkOf('a').listen({ host: 'a', port: 1 }, …)` and `networkOf('b').connect({ host: 'a', port: 1 }, …)`. Loopback
 * addresses are a host's own.
 */
export function simulateNetwork(options: SimulatedNetworkOptions): (host: string) => Network {
  const { runtime, seed = 1, conditions } = options
  const world = new World({
    runtime,
    random: new SeededRandom(seed, 2),
    conditions: { ...defaultConditions, ...conditions },
    tracing: null,
  })
  const networks = new Map<string, Network>()
  return (host) => {
    const network = networks.get(host) ?? world.networkOf({ name: host, machine: host, ends: new Set(), isOver: false })
    networks.set(host, network)
    return network
  }
}
