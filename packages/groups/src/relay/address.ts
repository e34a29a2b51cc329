/**
 * Where a relayed message goes: a name of a group, a process by its pid, or a name on a node. None of them need be connected.
 */
import { Pid, type AnyPid, type NameAddress } from '@agner/core'
import { groupsError } from '../errors.ts'

/** A name that the members of a group share. */
export interface GroupName {
  readonly group: string
  readonly name: string
}

/** `M` is what may be sent there; names carry no type. */
export type FarDestination<M> = Pid<M> | GroupName | NameAddress

export type FarAddress = AnyPid | GroupName | NameAddress

/** A service that every member of a group has: the first member on the way is asked. @internal */
export interface GroupService {
  readonly group: string
  readonly service: string
}

export type Target = FarAddress | GroupService

/** Two addresses with the same key share a circuit: what is sent to them stays in order. @throws `groups.bad_address` */
export function keyOf(to: Target): string {
  if (to instanceof Pid) return `pid ${to.node} ${to.incarnation} ${to.id}`
  if (typeof to === 'object' && to !== null) {
    const { group, node, name, service } = to as {
      readonly [Key in 'group' | 'node' | 'name' | 'service']?: unknown
    }
    if (typeof group === 'string' && typeof name === 'string') return `name ${JSON.stringify([group, name])}`
    if (typeof node === 'string' && typeof name === 'string') return `node ${JSON.stringify([node, name])}`
    if (typeof group === 'string' && typeof service === 'string') return `service ${JSON.stringify([group, service])}`
  }
  throw groupsError('groups.bad_address', { value: typeof to === 'object' ? 'such an object' : typeof to })
}

/** The address without what a user's object has besides. */
export function plain(to: Target): Target {
  if (to instanceof Pid) return to
  if ('service' in to) return { group: to.group, service: to.service }
  return 'group' in to ? { group: to.group, name: to.name } : { name: to.name, node: to.node }
}

/** The node that it is on, if the address says it. */
export function nodeOf(to: Target): string | undefined {
  return to instanceof Pid || 'node' in to ? to.node : undefined
}

/** Whether it may come to stand for another process. */
export function isName(to: Target): boolean {
  return !(to instanceof Pid) && 'name' in to
}

/** The group that can resolve it, if the address needs one. */
export function groupOf(to: Target): string | undefined {
  return !(to instanceof Pid) && 'group' in to ? to.group : undefined
}

export function describeTarget(to: Target): string {
  if (to instanceof Pid) return String(to)
  if ('service' in to) return `a member of the group "${to.group}"`
  return 'group' in to ? `"${to.name}" of the group "${to.group}"` : `"${to.name}" on ${to.node}`
}
