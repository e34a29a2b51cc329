/** The names and locks of a cluster, as users of one node see them. */
import type { ViaName } from '@agner/behaviours'
import type { AnyPid, AnyProcess, Node } from '@agner/core'
import type { ScopeStats } from './limits.ts'
import type { aborted, LockId, LockOptions } from './locks/lock-id.ts'
import type { RegisterOptions } from './names/resolve.ts'

type Caller = AnyProcess | Node

export interface Global {
  /** The process of a name as this node knows it; asks nobody (global:whereis_name/1). */
  whereis(name: string): AnyPid | undefined
  /** All names that this node knows (global:registered_names/0). */
  names(): string[]
  /**
   * Gives a process of any member a name. False if the name is taken, or the process has another one or is dead. After true every node that can be
   * reached knows it. Names are strings of 1 to 255 characters (global:register_name/3).
   *
   * Rejects with `global.bad_name`, `global.bad_pid`, `global.not_running` after `stop`, `global.bad_resolve`, `global.not_a_member` for a process of a node that is not connected,
   * `global.too_many_names`, `global.busy`, `global.no_boss`, `call.timeout`.
   */
  register(from: Caller, name: string, pid: AnyPid, options?: RegisterOptions): Promise<boolean>
  /** Takes the name away from whoever has it (global:re_register_name/3). Rejects as `register`. */
  reregister(from: Caller, name: string, pid: AnyPid, options?: RegisterOptions): Promise<boolean>
  /** False if nobody had it; if the one who decides was lost meanwhile, always true (global:unregister_name/1). */
  unregister(from: Caller, name: string): Promise<boolean>
  /** @returns whom it went to. @throws `global.no_such_name` */
  send(from: Caller, name: string, message: unknown): AnyPid
  /** The name as an address of calls, and as the name that a behaviour is started under: `{ via, name }`. */
  at(name: string, options?: RegisterOptions): ViaName
  /**
   * Sets a lock for this process, on all members or on `nodes`. Who has it may set it again: it is counted. It is gone when the process ends, or
   * its node is lost. True once it is set; false after `retries` (global:set_lock/3). A member that is there and does not answer for five seconds counts as one that
   * refused: it is tried again.
   *
   * Rejects with `global.bad_lock`, `global.too_many_locks`; `global.not_running` after `stop`, or when this node's locks ended by a fault.
   */
  setLock(self: AnyProcess, id: LockId, options?: LockOptions): Promise<boolean>
  /** Takes one count of it back; nothing, if this process has none (global:del_lock/2). */
  delLock(self: AnyProcess, id: LockId, options?: Pick<LockOptions, 'nodes'>): void
  /** Runs `work` under a lock, and takes the lock back, whatever comes of it (global:trans/4). */
  trans<T>(self: AnyProcess, id: LockId, work: () => T | Promise<T>, options?: LockOptions): Promise<T | typeof aborted>
  /**
   * Resolves with true once the nodes (default: all connected ones) share these names with this one; with false after `timeoutMs` (default 5,000; Infinity waits for ever). Wait
   * for it after connecting, before relying on what `register` says (global:sync/0). Rejects with `global.bad_option`.
   */
  sync(options?: { readonly nodes?: readonly string[]; readonly timeoutMs?: number }): Promise<boolean>
  /** The nodes that share these names now. */
  members(): string[]
  stats(): ScopeStats
  stop(): void
}
