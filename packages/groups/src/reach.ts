/**
 * What reaches beyond a node's own groups: the relay, names of other groups, and nodes by their attributes.
 */
import type { Node } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import { AskingAcross, type Across } from './across/across.ts'
import type { AcrossWorld } from './across/service.ts'
import { NodeAttributes, type Attributes, type AttributesOptions } from './attributes/attributes.ts'
import { startRelay, type Relay, type RelayOptions } from './relay/relay.ts'

export interface ReachOptions {
  /**
   * Which nodes relay for others. `several` (the default): those in several groups, a group of gateways among them. A list: the nodes that it names. `none`: nobody.
   * A node says itself to its neighbours whether it is one.
   */
  readonly gateways?: 'several' | 'none' | readonly string[]
  readonly relay?: RelayOptions
  readonly attributes?: AttributesOptions
}

export interface Reach {
  /** Sends to processes of nodes that share no group with this one. */
  readonly relay: Relay
  /** Names of groups that this node is not in. */
  readonly across: Across
  /** What this node is, and which nodes are what is wanted. */
  readonly attributes: Attributes
}

/** What the groups of a node know. */
export type ReachWorld = Omit<AcrossWorld, 'isGateway'>

/** @internal */
export function startReach(
  node: Node,
  distribution: Distribution,
  world: ReachWorld,
  { gateways = 'several', relay: relayOptions = {}, attributes: attributesOptions = {} }: ReachOptions = {},
): Reach & { stop(): void } {
  const { view } = world
  const isGateway = (): boolean => {
    if (typeof gateways !== 'string') return gateways.includes(node.name)
    return gateways === 'several' && view.ownGroups().length > 1
  }
  const surroundings: AcrossWorld = {
    view,
    whereis: (group, name) => world.whereis(group, name),
    names: (group) => world.names(group),
    isGateway,
  }
  const relay = startRelay(node, distribution, surroundings, relayOptions)
  const across = new AskingAcross(node, surroundings, relay)
  const attributes = new NodeAttributes({ node, distribution, world: surroundings, relay, across }, attributesOptions)
  return {
    relay,
    across,
    attributes,
    stop() {
      relay.stop()
      across.stop()
      attributes.stop()
    },
  }
}
