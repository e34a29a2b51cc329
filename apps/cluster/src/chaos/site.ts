/**
 * Where the nodes of a chaos run are: each in a network namespace of its own where that can be had, so that it can be cut off, else on
 * loopback like at home.
 */
import type { Place } from '../launcher/place.ts'
import { nodes } from '../topology.ts'
import { Network, whyNoNetwork, type Way } from './network.ts'

const port = 4400

export interface Site {
  /** Null where nodes cannot be cut off; then `why` says why. */
  readonly network: Network | null
  readonly why: string | null
  readonly placeOf?: (node: string) => Place
  close(): void
}

export function makeSite(): Site {
  const why = whyNoNetwork()
  if (why !== null) return { network: null, why, close: () => {} }
  const network = new Network({ id: `agn${String(process.pid)}c`, count: nodes.length })
  const placeOf = (node: string): Place => ({
    address: `${network.address(indexOf(node))}:${port}`,
    prefix: ['ip', 'netns', 'exec', network.namespace(indexOf(node))],
  })
  return { network, why, placeOf, close: () => network.close() }
}

/** Cuts one off from others. */
export function isolate(network: Network, node: string, others: readonly string[], way: Way): void {
  for (const other of others) if (other !== node) network.cut(indexOf(node), indexOf(other), way)
}

/** Cuts those of one side off from all the rest. */
export function split(network: Network, side: readonly string[], all: readonly string[]): void {
  const rest = all.filter((node) => !side.includes(node))
  for (const node of side) isolate(network, node, rest, 'both')
}

function indexOf(node: string): number {
  return nodes.findIndex(({ name }) => name === node)
}
