/**
 * Where the nodes of this test listen: its peers, and those nodes of this process that peers were connected to. So peers find each other
 * without a port mapper, and whatever else runs on the machine does not matter.
 */
import { realRuntime } from '@agner/core'
import type { Address, Discovery, Distribution } from '@agner/distribution'

const addresses = new Map<string, () => Address | null>()
let cookie: string | null = null

/** Hexadecimal digits that nobody can guess. */
function randomDigits(bytes: number): string {
  return Array.from(realRuntime.randomBytes(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The cookie of all peers that were given no other; of this process alone. */
export function peerCookie(): string {
  return (cookie ??= randomDigits(24))
}

/** A name for a node that no other has, as `prefix-1a2b3c4d5e6f@127.0.0.1`. */
export function randomPeerName(prefix = 'peer'): string {
  return `${prefix}-${randomDigits(6)}@127.0.0.1`
}

/** For a node of this process, so that it finds the peers: `startDistribution(node, { cookie: peerCookie(), discovery: peerDiscovery() })`. */
export function peerDiscovery(): Discovery {
  return { lookup: (name) => Promise.resolve(whereIs(name)) }
}

export function whereIs(name: string): Address | null {
  return addresses.get(name)?.() ?? null
}

/** As long as it listens. */
export function listNode(distribution: Distribution): void {
  addresses.set(distribution.node.name, () => distribution.listenAddress)
}

/** Returns what takes it off, unless another has taken its place. */
export function listPeer(name: string, address: Address | null): () => void {
  const where = (): Address | null => address
  addresses.set(name, where)
  return () => {
    if (addresses.get(name) === where) addresses.delete(name)
  }
}
