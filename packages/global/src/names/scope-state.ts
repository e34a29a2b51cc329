/**
 * What the parts of a scope on one node share. The keeper writes it; the node's lookups read the table.
 */
import type { AnyPid, Node } from '@agner/core'
import type { GlobalLimits } from '../limits.ts'
import type { Burials } from './burials.ts'
import type { Membership } from './membership.ts'
import type { Outbox } from './outbox.ts'
import type { ResolveFunction } from './resolve.ts'
import type { NamesTable } from './table.ts'

export interface ScopeCounts {
  decided: number
  refusedNames: number
  refusedWaiting: number
  rubbish: number
  sent: number
  /** Registrations that wait for their decision now. */
  waiting: number
}

export interface ScopeState {
  readonly scope: string
  readonly node: Node
  readonly limits: GlobalLimits
  readonly table: NamesTable
  readonly members: Membership
  readonly burials: Burials
  readonly outbox: Outbox
  readonly counts: ScopeCounts
  /** Resolve functions that stay on this node, by the process that was registered with them, and the name. */
  readonly functions: WeakMap<AnyPid, Map<string, { readonly resolve: ResolveFunction }>>
  /** Nodes that may have the scope and are connected now. */
  readonly candidates: () => readonly string[]
}

export const noCounts = (): ScopeCounts => ({
  decided: 0,
  refusedNames: 0,
  refusedWaiting: 0,
  rubbish: 0,
  sent: 0,
  waiting: 0,
})

/** The local name of the process that keeps a scope's names. */
export function keeperName(scope: string): string {
  return `@agner/global/names/${scope}`
}
