/**
 * `@agner/global`: names that a whole cluster, or any set of its nodes, shares; they vanish with their process or its node.
 */
export { startGlobal, type Global } from './global.ts'
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
