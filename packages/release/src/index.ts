/**
 * `@agner/release`: applications that move between nodes, and who may run them.
 */
export type {
  ApplicationChange,
  DistributedApplication,
  DistributedApplicationInfo,
  DistributedApplications,
  DistributedApplicationsLimits,
  DistributedApplicationsOptions,
  OwnInstance,
  RunningAt,
  Standing,
} from './applications/interface.ts'
export { startDistributedApplications } from './applications/start.ts'
export type { ReleaseErrorCode } from './errors.ts'
export type { Arbiter, Claim, ClaimAnswer, ClaimLost, ClaimOptions, ReleaseOptions } from './arbiter/arbiter.ts'
export { leaderArbiter, type LeaderArbiterOptions, type LeadingMember } from './arbiter/leader-arbiter.ts'
export { leaseArbiter, type LeaseArbiterOptions } from './arbiter/lease-arbiter.ts'
export { claimsTable, type ClaimsTableOptions, type PostgresQuery } from './arbiter/postgres/claims-table.ts'
export { checkClaim } from './arbiter/postgres/fence.ts'
export { postgresArbiter, type PostgresArbiterOptions } from './arbiter/postgres/postgres-arbiter.ts'
export type {
  ApplicationCallOptions,
  ApplicationClient,
  ApplicationClientLimits,
  ApplicationClientOptions,
} from './calling/client-interface.ts'
export { startApplicationClient } from './calling/client.ts'
export { startGate, type GateOptions, type Running } from './calling/gate.ts'
