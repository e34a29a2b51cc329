/**
 * `@agner/testing`: virtual time, seeded schedules and a simulated network, so that tests of processes are fast, exact and repeatable.
 */
export { createVirtualRuntime, type VirtualRuntime, type VirtualRuntimeOptions } from './virtual-runtime.ts'
export { eachSeed, type EachSeedOptions } from './each-seed.ts'
export { collectReports, type CollectedReports } from './collect-reports.ts'
export type { TestingErrorCode } from './errors.ts'
export { simulateCluster, type SimulatedCluster } from './network/cluster.ts'
export type { SimulatedClusterOptions, SimulatedNode } from './network/cluster-options.ts'
export type { NetworkConditions } from './network/conditions.ts'
export type { FrameEvent, TraceEvent } from './network/trace.ts'
export { simulateNetwork, type SimulatedNetworkOptions } from './network/simulate-network.ts'
