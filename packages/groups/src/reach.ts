/**
 * What reaches beyond a node's own groups: the relay, names of other groups, and nodes by their attributes.
 */
import type { AnyPid, Node } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import { AskingAcross, type Across } from './across/across.ts'
import { acrossName, type AcrossWorld } from './across/service.ts'
import { NodeAttributes, type Attributes, type AttributesOptions } from './attributes/attributes.ts'
import { attributesName } from './attributes/service.ts'
import { relayName } from './relay/frames.ts'
import type { Relay, RelayOptions } from './relay/relay-interface.ts'
import { startRelay } from './relay/relay.ts'

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
export interface RunningReach extends Reach {
  /** Those that have names here now. */
  processes(): AnyPid[]
  stop(): void
}

/** Checked before: see `checkReach`. @internal */
export function startReach(
  node: Node,
  distribution: Distribution,
  world: ReachWorld,
  { gateways = 'several', relay: relayOptions = {}, attributes: attributesOptions = {} }: ReachOptions = {},
): RunningReach {
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
    attempt: (other) => world.attempt?.(other) ?? (() => {}),
  }
  const ends: (() => void)[] = []
  const names: string[] = []
  /** What was begun is undone, whatever of it there is. */
  const begin = <T extends { stop(): void }>(start: () => T, name: string): T => {
    try {
      const begun = start()
      ends.push(() => begun.stop())
      names.push(name)
      return begun
    } catch (error) {
      for (const end of ends) end()
      throw error
    }
  }
  const relay = begin(() => startRelay(node, distribution, surroundings, relayOptions), relayName)
  const across = begin(() => new AskingAcross(node, surroundings, relay), acrossName)
  const attributes = begin(
    () => new NodeAttributes({ node, distribution, world: surroundings, relay, across }, attributesOptions),
    attributesName,
  )
  return {
    relay,
    across,
    attributes,
    processes: () => names.map((name) => node.whereis(name)).filter((pid) => pid !== undefined),
    stop() {
      for (const end of ends) end()
    },
  }
}
