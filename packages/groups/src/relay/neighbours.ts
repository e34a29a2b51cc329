/**
 * The relays that this node is connected to, what they have said of themselves, and in which order they come into question for a destination.
 *
 * The choice is a pure function of both ends and the gateways, so that each pair keeps to one gateway and different pairs spread over all.
 */
import type { Ref } from '@agner/core'
import type { Hello } from './frames.ts'

export interface Neighbour {
  readonly node: string
  readonly monitor: Ref
  readonly gateway: boolean
  readonly groups: ReadonlySet<string>
  readonly members: ReadonlySet<string>
}

export interface Wanted {
  /** A group one of whose members is wanted. */
  readonly group: string | undefined
  /** A node that is wanted. */
  readonly node: string | undefined
  /** What tells pairs apart. */
  readonly pair: string
  /** Nodes that are out of the question: it has passed them, or they have refused. */
  readonly not: ReadonlySet<string>
  /** Whether a gateway comes into question of which is not known that it knows the way: only the first one may be such. */
  readonly guess: boolean
}

export class Neighbours {
  readonly #all = new Map<string, Neighbour>()

  get(node: string): Neighbour | undefined {
    return this.#all.get(node)
  }

  nodes(): string[] {
    return [...this.#all.keys()]
  }

  put({ node, gateway, groups, members }: Hello, monitor: Ref): void {
    this.#all.set(node, { node, monitor, gateway, groups: new Set(groups), members: new Set(members) })
  }

  /** The neighbour whose monitor fired, now removed. */
  remove(monitor: Ref): string | undefined {
    for (const neighbour of this.#all.values()) {
      if (neighbour.monitor !== monitor) continue
      this.#all.delete(neighbour.node)
      return neighbour.node
    }
    return undefined
  }

  /** The next node on the way, or undefined: the destination itself, a gateway that knows it, any gateway. */
  next(wanted: Wanted): string | undefined {
    const { node, not } = wanted
    if (node !== undefined && this.#all.has(node) && !not.has(node)) return node
    let best: Neighbour | undefined
    let bestRank = Infinity
    let bestWeight = 0
    for (const neighbour of this.#all.values()) {
      if (!neighbour.gateway || not.has(neighbour.node)) continue
      const rank = rankOf(neighbour, wanted)
      if (rank > bestRank) continue
      const weight = hash(`${wanted.pair} ${neighbour.node}`)
      if (rank === bestRank && best !== undefined && !isHeavier(weight, neighbour.node, bestWeight, best.node)) continue
      best = neighbour
      bestRank = rank
      bestWeight = weight
    }
    return bestRank === Infinity ? undefined : best?.node
  }
}

function rankOf({ groups, members }: Neighbour, { group, node, guess }: Wanted): number {
  if (group !== undefined && groups.has(group)) return 0
  if (node !== undefined && members.has(node)) return 0
  return guess ? 1 : Infinity
}

function isHeavier(weight: number, node: string, other: number, otherNode: string): boolean {
  return weight === other ? node < otherNode : weight > other
}

/** FNV-1a, mixed once more: names that differ in their last letter come out far apart. */
export function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}
