/**
 * What the parts of a relay share: its process, its neighbours, and what the node knows of groups.
 */
import type { AnyPid, Process } from '@agner/core'
import type { GroupsView } from '../membership/view.ts'
import { groupOf, nodeOf, type Target } from './address.ts'
import type { RelayCounters, RelayLimits, RelayTimes } from './limits.ts'
import type { Neighbours, Wanted } from './neighbours.ts'
import type { Post } from './post.ts'

/** What a relay has to know of groups. */
export interface RelayWorld {
  readonly view: Pick<GroupsView, 'isOwn' | 'ownGroups' | 'others' | 'onChange'>
  /** The process of a name of an own group, as this node knows it. */
  whereis(group: string, name: string): AnyPid | undefined
  /** Whether this node relays for others, as things are now. */
  isGateway(): boolean
}

export interface Hub {
  readonly self: Process<unknown>
  readonly world: RelayWorld
  readonly limits: RelayLimits
  readonly times: RelayTimes
  readonly counters: RelayCounters
  readonly neighbours: Neighbours
  readonly post: Post
  /** Nodes that have said that they leave. */
  leaving(): readonly string[]
}

/** A circuit passes two gateways at most: three connections. */
export const hopLimit = 3

export interface Located {
  /** The process, if this node could look up the name. */
  readonly pid: AnyPid | null
  /** Its node, if that is known. */
  readonly node: string | undefined
}

/** What this node knows of where a target is; null: it would know, and there is nobody. */
export function locate({ world, self }: Hub, to: Target, known: AnyPid | null): Located | null {
  if (known !== null) return { pid: known, node: known.node }
  const group = groupOf(to)
  if (group === undefined) return { pid: null, node: nodeOf(to) }
  if (!world.view.isOwn(group)) return { pid: null, node: undefined }
  if ('service' in to) return { pid: null, node: self.node.name }
  const pid = world.whereis(group, (to as { readonly name: string }).name)
  return pid === undefined ? null : { pid, node: pid.node }
}

/** The next node on the way to a target, or undefined. `way`: those that it has passed, the source first. A gateway that leaves is the last choice. */
export function nextHop(
  { neighbours, leaving }: Hub,
  to: Target,
  key: string,
  located: Located,
  way: readonly string[],
  tried: ReadonlySet<string>,
): string | undefined {
  const wanted: Wanted = {
    group: located.pid === null ? groupOf(to) : undefined,
    node: located.node,
    pair: `${way[0]!} ${key}`,
    not: new Set([...way, ...tried]),
    guess: way.length === 1,
  }
  const draining = leaving().filter((node) => node !== located.node)
  if (draining.length === 0) return neighbours.next(wanted)
  return neighbours.next({ ...wanted, not: new Set([...wanted.not, ...draining]) }) ?? neighbours.next(wanted)
}
