/**
 * What a node knows of groups: of its own what is agreed, of others what it was told.
 *
 * A view is a fact: what a group's log has committed up to an epoch, or what the configuration says as long as nothing has been committed.
 * Anybody may pass it on, and the newer of two always wins, so it does not matter who heard what from whom.
 */

/**
 * How the names of a group are agreed on. `merge`: answered at once by the members that are connected; when a partition heals, one node resolves what clashes.
 * `agree`: answered once a majority has it; a minority refuses.
 */
export type Consistency = 'merge' | 'agree'

/** A group as one of its epochs has it. Sendable. */
export interface GroupView {
  readonly name: string
  /** Tells groups of one name apart. That of a group from the configuration is the same on every node. */
  readonly id: string
  readonly mode: Consistency
  /** The log that this was committed in; it is founded anew when a majority is gone for good. 0: the configuration, and no log yet. */
  readonly generation: number
  /** The place in that log of the change that made these members; grows with each. 0: as configured. */
  readonly epoch: number
  /** Names the founding of this generation: between two that cannot know of each other the larger one stays. */
  readonly founding: string
  /** Node names, the longest-standing first. */
  readonly nodes: readonly string[]
  /** The group was deleted at this epoch; `nodes` is empty then. */
  readonly isDeleted: boolean
}

/** A group that this node knows of. */
export interface KnownGroup {
  readonly view: GroupView
  /**
   * `own`: this node is a member. `configured`: the configuration names it, with other nodes. `heard`: a node that shares a group with this one is a member; it
   * said so when the two connected, and that may be out of date.
   */
  readonly source: 'own' | 'configured' | 'heard'
}

export type GroupChange =
  /** This node is a member of it from now on. */
  | { readonly type: 'joined'; readonly view: GroupView }
  /** The members of an own group changed. */
  | { readonly type: 'changed'; readonly view: GroupView; readonly before: GroupView }
  /** This node is no member of it any more. */
  | { readonly type: 'left'; readonly view: GroupView }

/** For the layers above: which groups there are, as far as this node knows. All answers are local and at once. */
export interface GroupsView {
  /** The name of this node. */
  readonly node: string
  known(): readonly KnownGroup[]
  /** An own group before others of that name. */
  find(group: string): KnownGroup | undefined
  isOwn(group: string): boolean
  /** The names of the groups that this node is in. */
  ownGroups(): string[]
  /** The other members of a group, or of all own groups together, connected or not; empty for an unknown group. */
  others(group?: string): string[]
  /**
   * Nodes over which a group can be reached: those that are in it and in an own group of this node too, as far as it knows, connected ones first. Empty for an own
   * group, and when none is known.
   */
  gatewaysTo(group: string): string[]
  /** Calls back, at once and in order, when an own group changes. Returns what ends that. */
  onChange(listener: (change: GroupChange) => void): () => void
}

/** Whether `a` is a later state of the same group than `b`. Total: of two different views of one group exactly one is newer. */
export function isNewerView(a: GroupView, b: GroupView): boolean {
  if (a.generation !== b.generation) return a.generation > b.generation
  // Two foundings of one generation: neither log knows of the other.
  if (a.founding !== b.founding) return a.founding > b.founding
  return a.epoch > b.epoch
}

export function isMember(view: GroupView, node: string): boolean {
  return view.nodes.includes(node)
}
