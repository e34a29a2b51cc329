/**
 * The names of one group, whichever way it agrees on them.
 */
import type { AnyPid, AnyProcess, Node } from '@agner/core'
import type { RegisterOptions } from '@agner/global'

export type Caller = AnyProcess | Node

export interface SyncOptions {
  readonly nodes?: readonly string[]
  readonly timeoutMs?: number
}

export interface GroupNames {
  /** As this node knows it: a local read. */
  whereis(name: string): AnyPid | undefined
  names(): string[]
  register(from: Caller, name: string, pid: AnyPid, options?: RegisterOptions): Promise<boolean>
  reregister(from: Caller, name: string, pid: AnyPid, options?: RegisterOptions): Promise<boolean>
  unregister(from: Caller, name: string): Promise<boolean>
  /** The members that share these names now, this node among them. */
  present(): string[]
  /** Resolves with true once all of `nodes` share these names; with false after `timeoutMs`. */
  sync(options: SyncOptions): Promise<boolean>
  /** A member of the group is connected, and was not before, or is a member from now on. */
  candidate(node: string): void
  /** A node is not connected any more. */
  lost?(node: string): void
  /** Something was applied to the group's log. */
  applied?(): void
  stop(): void
}
