/**
 * Who is in which group, as one node knows it. Pure data: whom to tell, and whom to watch, is for the keeper around it.
 *
 * The members of this node are its own; those of others are copies, node by node, so that a node that is lost takes its members with it.
 * A group exists as long as it has a member anywhere.
 */
import type { AnyPid } from '@agner/core'
import { Bag } from './bag.ts'

/** One change of one group, as monitors and other nodes are told of it. */
export interface Change {
  readonly type: 'join' | 'leave'
  readonly group: string
  /** Each as often as it has joined or left. */
  readonly pids: readonly AnyPid[]
}

/** The members of a group, by node. */
interface Members {
  readonly bags: Map<string, Bag>
  all: readonly AnyPid[] | null
}

const nobody: readonly AnyPid[] = Object.freeze([])

export class PgTable {
  readonly #here: string
  readonly #groups = new Map<string, Members>()
  /** The same bags by node: what has to go with it. */
  readonly #nodes = new Map<string, Map<string, Bag>>()
  /** The groups of each process of this node. */
  readonly #groupsOf = new Map<AnyPid, Set<string>>()
  readonly #sizes = new Map<string, number>()

  constructor(here: string) {
    this.#here = here
  }

  // — reading —

  members(group: string): readonly AnyPid[] {
    const members = this.#groups.get(group)
    if (members === undefined) return nobody
    if (members.all !== null) return members.all
    const lists = [...members.bags.values()].map((bag) => bag.list())
    return (members.all = lists.length === 1 ? lists[0]! : Object.freeze(lists.flat()))
  }

  local(group: string): readonly AnyPid[] {
    return this.localBag(group)?.list() ?? nobody
  }

  localBag(group: string): Bag | undefined {
    return this.bag(this.#here, group)
  }

  bag(node: string, group: string): Bag | undefined {
    return this.#groups.get(group)?.bags.get(node)
  }

  groups(): string[] {
    return [...this.#groups.keys()]
  }

  localGroups(): string[] {
    return [...(this.#nodes.get(this.#here)?.keys() ?? [])]
  }

  /** The nodes that have members in a group, this one among them. */
  nodes(group: string): IterableIterator<string> | readonly string[] {
    return this.#groups.get(group)?.bags.keys() ?? []
  }

  /** Memberships of processes of a node; of this one by default. */
  size(node: string = this.#here): number {
    return this.#sizes.get(node) ?? 0
  }

  /** All that a node has, group by group: of this one it is what other nodes are told. */
  state(node: string = this.#here): (readonly [group: string, pids: readonly AnyPid[]])[] {
    return [...(this.#nodes.get(node) ?? [])].map(([group, bag]) => [group, bag.list()] as const)
  }

  /** Whether a process of this node is in any group. */
  hasGroups(pid: AnyPid): boolean {
    return this.#groupsOf.has(pid)
  }

  // — processes of this node —

  join(group: string, pid: AnyPid): void {
    this.#add(this.#here, group, pid)
    const groups = this.#groupsOf.get(pid)
    if (groups === undefined) this.#groupsOf.set(pid, new Set([group]))
    else groups.add(group)
  }

  /** False if it is not in the group. */
  leave(group: string, pid: AnyPid): boolean {
    if (!this.#remove(this.#here, group, pid)) return false
    if (this.localBag(group)?.has(pid) !== true) {
      const groups = this.#groupsOf.get(pid)!
      groups.delete(group)
      if (groups.size === 0) this.#groupsOf.delete(pid)
    }
    return true
  }

  /** Takes a dead process out of all its groups. Returns what it left. */
  forget(pid: AnyPid): Change[] {
    return [...(this.#groupsOf.get(pid) ?? [])].map((group) => {
      const pids: AnyPid[] = []
      while (this.leave(group, pid)) pids.push(pid)
      return { type: 'leave', group, pids }
    })
  }

  // — processes of other nodes —

  /** Takes a change as another node tells it. Returns what of it is one here; null if nothing is. */
  apply(node: string, { type, group, pids }: Change): Change | null {
    if (type === 'join') {
      for (const pid of pids) this.#add(node, group, pid)
      return pids.length === 0 ? null : { type, group, pids }
    }
    const left = pids.filter((pid) => this.#remove(node, group, pid))
    return left.length === 0 ? null : { type, group, pids: left }
  }

  /** Puts all that a node has in place of what was known of it. Returns the differences. */
  replace(node: string, state: ReadonlyMap<string, readonly AnyPid[]>): Change[] {
    const changes: Change[] = []
    for (const [group, known] of this.state(node)) {
      const { gone } = difference(known, state.get(group) ?? [])
      if (gone.length > 0) changes.push({ type: 'leave', group, pids: gone })
    }
    for (const [group, pids] of state) {
      const { come } = difference(this.#nodes.get(node)?.get(group)?.list() ?? [], pids)
      if (come.length > 0) changes.push({ type: 'join', group, pids: come })
    }
    for (const change of changes) this.apply(node, change)
    return changes
  }

  /** Takes out all processes of a node that is lost. Returns what they left. */
  drop(node: string): Change[] {
    return this.replace(node, new Map())
  }

  // — both —

  #add(node: string, group: string, pid: AnyPid): void {
    let members = this.#groups.get(group)
    if (members === undefined) this.#groups.set(group, (members = { bags: new Map(), all: null }))
    let bag = members.bags.get(node)
    if (bag === undefined) {
      members.bags.set(node, (bag = new Bag()))
      const groups = this.#nodes.get(node)
      if (groups === undefined) this.#nodes.set(node, new Map([[group, bag]]))
      else groups.set(group, bag)
    }
    bag.add(pid)
    members.all = null
    this.#sizes.set(node, this.size(node) + 1)
  }

  #remove(node: string, group: string, pid: AnyPid): boolean {
    const members = this.#groups.get(group)
    const bag = members?.bags.get(node)
    if (members === undefined || bag?.remove(pid) !== true) return false
    members.all = null
    this.#sizes.set(node, this.size(node) - 1)
    if (bag.size > 0) return true
    // An empty group does not exist.
    members.bags.delete(node)
    if (members.bags.size === 0) this.#groups.delete(group)
    const groups = this.#nodes.get(node)!
    groups.delete(group)
    if (groups.size === 0) {
      this.#nodes.delete(node)
      this.#sizes.delete(node)
    }
    return true
  }
}

/** Of two lists in which a process may stand several times. */
function difference(
  known: readonly AnyPid[],
  told: readonly AnyPid[],
): { readonly gone: AnyPid[]; readonly come: AnyPid[] } {
  const left = new Map<AnyPid, number>()
  for (const pid of told) left.set(pid, (left.get(pid) ?? 0) + 1)
  const gone = known.filter((pid) => {
    const count = left.get(pid) ?? 0
    if (count > 0) left.set(pid, count - 1)
    return count === 0
  })
  return { gone, come: [...left].flatMap(([pid, count]) => Array.from({ length: count }, () => pid)) }
}
