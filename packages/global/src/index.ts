/**
 * `@agner/global`: names that a whole cluster, or any set of its nodes, shares, and groups of processes; both vanish with their process or its node.
 */
export { startGlobal, type GlobalOptions } from './global.ts'
export type { Global } from './global-interface.ts'
export { Scope, type ScopeOptions } from './names/scope.ts'
export type {
  Conflict,
  HandOver,
  HandOverCalls,
  NameConflict,
  RegisterOptions,
  Resolve,
  ResolveFunction,
  ResolveMethod,
  ResolveModule,
} from './names/resolve.ts'
export { aborted, type LockId, type LockKey, type LockOptions } from './locks/lock-id.ts'
export type { GlobalLimits, ScopeStats } from './limits.ts'
export type { GlobalErrorCode } from './errors.ts'
export { group, type Group, type GroupName } from './pg/group.ts'
export { startPg, type BroadcastOptions, type Pg, type PgOptions, type PickOptions } from './pg/pg.ts'
export type { PgChange } from './pg/monitors.ts'
export type { PgLimits } from './pg/limits.ts'
export type { PgStats } from './pg/stats.ts'
export type { PgErrorCode } from './pg/errors.ts'
