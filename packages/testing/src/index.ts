/**
 * `@agner/testing`: virtual time and seeded schedules, so that tests of processes are fast, exact and repeatable.
 */
export { createVirtualRuntime, type VirtualRuntime, type VirtualRuntimeOptions } from './virtual-runtime.ts'
export { eachSeed, type EachSeedOptions } from './each-seed.ts'
export { collectReports, type CollectedReports } from './collect-reports.ts'
export type { TestingErrorCode } from './errors.ts'
