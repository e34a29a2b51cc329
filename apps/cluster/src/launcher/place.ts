/**
 * Where a node of the chat runs, when that is not this machine's loopback: a network of its own, say, to be cut off from.
 */
import { fileURLToPath } from 'node:url'
import type { NodePlan, ServiceName } from '../topology.ts'

export interface Place {
  /** Where the node listens for the others, and where they find it: `host:port`. */
  readonly address: string
  /** Stands before the node's command and has to become it, as `ip netns exec NAME` does: signals are for the node. */
  readonly prefix: readonly string[]
}

/** What is run for a node. */
export interface NodeCommand {
  readonly prefix: readonly string[]
  readonly main: string
}

export interface Placement {
  /** Left out: every node is on loopback, and they find each other by the cluster's own port mapper. */
  readonly placeOf?: (node: string) => Place
  /** A program in place of a service's own main; null for its own. */
  readonly mainOf?: (service: ServiceName) => string | null
}

export function commandOf({ placeOf, mainOf }: Placement, { name, service }: NodePlan): NodeCommand {
  return {
    prefix: placeOf?.(name).prefix ?? [],
    main: mainOf?.(service) ?? fileURLToPath(new URL(`../../../${service}/src/main.ts`, import.meta.url)),
  }
}

/** Addresses by node name; null when nobody says where nodes are. */
export function addressesOf({ placeOf }: Placement, plans: readonly NodePlan[]): Record<string, string> | null {
  return placeOf === undefined ? null : Object.fromEntries(plans.map(({ name }) => [name, placeOf(name).address]))
}
