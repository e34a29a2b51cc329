/**
 * Protection of a handler's process from more events than it can handle (logger_olp). Pure: what is done is decided by the
 * length of its mailbox, at each event.
 *
 *     waiting    0 … syncLength … dropLength … flushLength … killLength
 *     mode         async     sync        drop        flush        kill
 *
 *     async   clients send, and go on
 *     sync    a client waits until its event is handled: who logs much is slowed down
 *     drop    clients send nothing; the events are counted
 *     flush   what waits is thrown away
 *     kill    the process ends, and begins anew after a while; off by default
 *
 * Besides, no more than `burstLimit` events are written within `burstWindowMs`.
 */
export interface OverloadOptions {
  /** Default 10. */
  readonly syncLength?: number
  /** How long a client waits at most in mode sync; then it goes on. Default 5,000. */
  readonly syncTimeoutMs?: number
  /** Default 200. */
  readonly dropLength?: number
  /** Default 1,000. */
  readonly flushLength?: number
  /** Events within a window; Infinity for no limit. Default 500. */
  readonly burstLimit?: number
  /** Default 1,000. */
  readonly burstWindowMs?: number
  /** More waiting events than this end the process; Infinity, the default, for never. OTP's, where it is on, is 20,000. */
  readonly killLength?: number
  /** How long after its end the process begins anew; Infinity for never. Default 5,000. */
  readonly restartAfterMs?: number
}

export type Limits = Required<OverloadOptions>

export const defaultLimits: Limits = {
  syncLength: 10,
  syncTimeoutMs: 5000,
  dropLength: 200,
  flushLength: 1000,
  burstLimit: 500,
  burstWindowMs: 1000,
  killLength: Infinity,
  restartAfterMs: 5000,
}

/** Null if the limits make sense, else what is wrong with them. */
export function problemOf(limits: Limits): string | null {
  for (const [name, value] of Object.entries(limits))
    if (typeof value !== 'number' || !(value >= 0)) return `${name} must be a number from 0 up; got ${String(value)}`
  const { syncLength, dropLength, flushLength } = limits
  if (dropLength > 1 && syncLength <= dropLength && dropLength <= flushLength) return null
  return 'syncLength ≤ dropLength ≤ flushLength must hold, and dropLength be more than 1'
}

export type Mode = 'async' | 'sync' | 'drop'

export interface Load {
  readonly mode: Mode
  readonly burstSinceMs: number
  readonly burstCount: number
  readonly lastMs: number
}

export function noLoad(nowMs: number): Load {
  return { mode: 'async', burstSinceMs: nowMs, burstCount: 0, lastMs: nowMs }
}

/** After this long without an event, all is forgotten. */
const idleAfterMs = 100

export interface Decision {
  readonly load: Load
  readonly action: 'write' | 'skip' | 'flush' | 'kill'
  /** The mode changed to or from `drop`: that is told. */
  readonly changed: { readonly from: Mode; readonly to: Mode } | null
}

/** What becomes of an event, with `waiting` others behind it. */
export function decide(limits: Limits, before: Load, waiting: number, nowMs: number): Decision {
  const idle = nowMs - before.lastMs >= idleAfterMs
  const last: Load = idle ? { ...before, burstCount: 0, lastMs: nowMs } : { ...before, lastMs: nowMs }
  if (waiting > limits.killLength) return { load: noLoad(nowMs), action: 'kill', changed: null }
  if (waiting >= limits.flushLength)
    return { load: { ...last, mode: 'async' }, action: 'flush', changed: change(before.mode, 'async') }
  const mode = waiting >= limits.dropLength ? 'drop' : waiting >= limits.syncLength ? 'sync' : 'async'
  const load = { ...last, mode } as const
  const changed = change(before.mode, mode)
  if (load.burstCount < limits.burstLimit)
    return { load: { ...load, burstCount: load.burstCount + 1 }, action: 'write', changed }
  if (nowMs - load.burstSinceMs < limits.burstWindowMs) return { load, action: 'skip', changed }
  return { load: { ...load, burstSinceMs: nowMs, burstCount: 0 }, action: 'write', changed }
}

/** From async to sync and back is of no interest. */
function change(from: Mode, to: Mode): Decision['changed'] {
  return from !== to && (from === 'drop' || to === 'drop') ? { from, to } : null
}
