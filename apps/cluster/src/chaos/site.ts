/**
 * Where the nodes of a chaos run are: each in a network namespace of its own where that can be had, so that it can be cut off, else on
 * loopback like at home.
 */
import { createNetworkNamespaces, whyNoNetworkNamespaces, type NetworkNamespaces } from '@agner/testing'
import type { Place } from '../launcher/place.ts'
import { nodes } from '../topology.ts'

const port = 4400

/** `out`: what it sends is dropped; `in`: what is sent to it. */
export type Way = 'both' | 'out' | 'in'

export interface Site {
  /** Null where nodes cannot be cut off; then `why` says why. */
  readonly network: NetworkNamespaces | null
  readonly why: string | null
  readonly placeOf?: (node: string) => Place
  close(): void
}

export function makeSite(): Site {
  const why = whyNoNetworkNamespaces()
  if (why !== null) return { network: null, why, close: () => {} }
  const network = createNetworkNamespaces(nodes.map(({ name }) => name))
  const placeOf = (node: string): Place => ({
    address: `${network.addressOf(node)}:${port}`,
    prefix: network.prefixOf(node),
  })
  return { network, why, placeOf, close: () => network.close() }
}

/** Cuts one off from others. */
export function isolate(network: NetworkNamespaces, node: string, others: readonly string[], way: Way): void {
  for (const other of others) {
    if (other === node) continue
    if (way !== 'in') network.cutOneWay(node, other)
    if (way !== 'out') network.cutOneWay(other, node)
  }
}

/** Cuts those of one side off from all the rest. */
export function split(network: NetworkNamespaces, side: readonly string[], all: readonly string[]): void {
  network.partition(
    side,
    all.filter((node) => !side.includes(node)),
  )
}
