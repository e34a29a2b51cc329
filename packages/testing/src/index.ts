/**
 * `@agner/testing`: virtual time, seeded schedules and a simulated network, so that tests of processes are fast, exact and repeatable.
 */
export { createVirtualRuntime } from './virtual-runtime.ts'
export type { RunUntilOptions, VirtualRuntime, VirtualRuntimeOptions } from './virtual-runtime-interface.ts'
export { eachSeed, type EachSeedOptions } from './each-seed.ts'
export { collectReports, type CollectedReports } from './collect-reports.ts'
export type { TestingErrorCode } from './errors.ts'
export { definePeer, type PeerCalls, type PeerProgram, type PeerSelf, type PeerStart } from './peer/program.ts'
export { startPeer } from './peer/start-peer.ts'
export type { Given, Peer, Taken, Until } from './peer/peer.ts'
export type { PeerExit } from './peer/os-process.ts'
export type {
  AnyPeerProgram,
  ArgsOf,
  CallsOf,
  PeerDistributionOptions,
  PeerOptions,
  PeerSettings,
  UntypedCalls,
} from './peer/options.ts'
export { peerCookie, peerDiscovery, randomPeerName } from './peer/directory.ts'
export { simulateCluster } from './network/cluster.ts'
export type { SimulatedCluster } from './network/cluster-interface.ts'
export type { SimulatedClusterOptions, SimulatedNode } from './network/cluster-options.ts'
export type { NetworkConditions } from './network/conditions.ts'
export type { FrameEvent, TraceEvent } from './network/trace.ts'
export { simulateNetwork, type SimulatedNetworkOptions } from './network/simulate-network.ts'
export { createNetworkNamespaces, whyNoNetworkNamespaces, type NetworkNamespaces } from './network-namespaces.ts'
export { freePort } from './free-port.ts'
