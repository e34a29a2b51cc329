/**
 * What a lock is, and what is said of one: global:set_lock/3, del_lock/2 and trans/4.
 */
import type { AnyPid, Ref } from '@agner/core'

/** Whatever is one and the same by value, here and on other nodes. */
export type LockKey = string | number | bigint | boolean | AnyPid | Ref

export interface LockId {
  /** What is locked. */
  readonly resource: LockKey
  /** In whose name. Who has a lock on a resource may take it again, and others who say the same requester may, too: it is counted. */
  readonly requester: LockKey
}

export interface LockOptions {
  /** Where the lock is set. Default: all members, as this node sees them. A node that cannot be reached is left out. */
  readonly nodes?: readonly string[]
  /** How often it is tried again when the lock is taken, or a member too busy to answer, after a pause that is drawn by lot and grows. Default Infinity. */
  readonly retries?: number
}

/** What `trans` gives when the lock was not to be had. */
export const aborted: unique symbol = Symbol('aborted')
