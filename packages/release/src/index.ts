/**
 * `@agner/release`: applications that move between nodes, and who may run them.
 */
export type { Arbiter, Claim, ClaimAnswer, ClaimLost, ClaimOptions, ReleaseOptions } from './arbiter/arbiter.ts'
