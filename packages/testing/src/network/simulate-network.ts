/**
 * The simulated network without a cluster: hosts, and streams between them, for tests of what speaks by streams itself.
 */
import type { Network } from '@agner/distribution'
import { checkSeed } from '../checks.ts'
import { SeededRandom } from '../random.ts'
import type { VirtualRuntime } from '../virtual-runtime-interface.ts'
import { toConditions, type NetworkConditions } from './conditions.ts'
import { World } from './world.ts'

export interface SimulatedNetworkOptions {
  readonly runtime: VirtualRuntime
  /** Default: that of the runtime, or 1 if it has none. The same seed and program give the same course. */
  readonly seed?: number
  readonly conditions?: NetworkConditions
}

/**
 * Gives each host its view of one simulated network: `const networkOf = simulateNetwork({ runtime })`, then
 * `networkOf('a').listen({ host: 'a', port: 1 }, …)` and `networkOf('b').connect({ host: 'a', port: 1 }, …)`. Loopback
 * addresses are a host's own.
 *
 * @throws `testing.bad_seed`, `testing.bad_option`
 */
export function simulateNetwork(options: SimulatedNetworkOptions): (host: string) => Network {
  const { runtime, seed = runtime.seed ?? 1 } = options
  checkSeed(seed)
  const world = new World({
    runtime,
    // The runtime has the streams 1 and 2 of its seed, and a cluster 3.
    random: new SeededRandom(seed, 4),
    conditions: toConditions(options.conditions),
    tracing: null,
  })
  const networks = new Map<string, Network>()
  return (host) => {
    const network = networks.get(host) ?? world.networkOf({ name: host, machine: host, ends: new Set(), isOver: false })
    networks.set(host, network)
    return network
  }
}
