/**
 * Names that somebody else keeps: `{via, Module, Name}` of OTP.
 *
 *     startServer(self, Room, arg, { name: { via: rooms, name: 'lobby' } })      registered before init runs
 *     call(self, room.at({ via: rooms, name: 'lobby' }), 'say', 'hello')         looked up at each call
 *
 * A registry is an object with three functions. It watches those that it has registered and forgets them when they end;
 * `unregister` is for a process that takes its name back while it lives. The registry of this package is one, global
 * names are another.
 */
import { describeReason, type AnyPid, type ExitReason, type Node } from '@agner/core'

export interface NameRegistry {
  /** What it is called in errors. */
  readonly registry: string
  /** Gives the name to the process: null when that is done, else who has it. */
  register(node: Node, name: unknown, pid: AnyPid): AnyPid | null | Promise<AnyPid | null>
  /** Takes it back, if this process has it. */
  unregister(node: Node, name: unknown, pid: AnyPid): void | Promise<void>
  /** Who has it, as this node knows now. */
  whereis(node: Node, name: unknown): AnyPid | undefined
}

/** A name in a registry. */
export interface ViaName {
  readonly via: NameRegistry
  readonly name: unknown
}

export function isVia(value: unknown): value is ViaName {
  return typeof value === 'object' && value !== null && 'via' in value && typeof value.via === 'object'
}

export function describeVia({ via, name }: ViaName): string {
  return `${via.registry} ${typeof name === 'string' ? `"${name}"` : describeReason(name as ExitReason)}`
}
