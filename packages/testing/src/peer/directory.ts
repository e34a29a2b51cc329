/**
 * Where the nodes of this test listen: its peers, and those nodes of this process that peers were connected to, or that look for them. So they
 * find each other without a port mapper, and whatever else runs on the machine does not matter.
 */
import { realRuntime } from '@agner/core'
import type { Address, Discovery, Distribution } from '@agner/distribution'

interface Listing {
  readonly name: string
  /** Null: it does not listen, any more or for now. Undefined: it never will again. */
  where(): Address | null | undefined
}

/** In order: of those that have one name, the last one that listens counts. */
const listings = new Set<Listing>()
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

/**
 * For a node of this process, so that it finds the peers, and they find it: `startDistribution(node, { cookie: peerCookie(), discovery:
 * peerDiscovery() })`.
 */
export function peerDiscovery(): Discovery {
  let delist = (): void => {}
  const leave = (): Promise<void> => Promise.resolve(delist())
  return {
    start: ({ name, listening }) => {
      delist = listAddress(name, listening)
      return Promise.resolve()
    },
    lookup: (name) => Promise.resolve(whereIs(name)),
    withdraw: leave,
    stop: leave,
  }
}

export function whereIs(name: string): Address | null {
  let found: Address | null = null
  for (const listing of listings) {
    const address = listing.where()
    if (address === undefined) listings.delete(listing)
    else if (listing.name === name) found = address ?? found
  }
  return found
}

/** Of each distribution the name alone outlives it: who uses it is not known here, nor when it is stopped. */
const listed = new WeakSet<Distribution>()

/** As long as it listens. */
export function listNode(distribution: Distribution): void {
  if (listed.has(distribution)) return
  listed.add(distribution)
  const { name } = distribution.node
  const reference = new WeakRef(distribution)
  list({
    name,
    where: () => {
      const living = reference.deref()
      return living === undefined || isStopped(living) ? undefined : living.listenAddress
    },
  })
}

/** Asked for what does nothing as long as it runs: to monitor its own node. It still says where it listened. */
function isStopped(distribution: Distribution): boolean {
  const nobody = { pid: null as never }
  try {
    distribution.monitorNode(nobody, distribution.node.name)
    return false
  } catch {
    return true
  }
}

/** Returns what takes it off. */
export function listAddress(name: string, address: Address | null): () => void {
  return list({ name, where: () => address })
}

function list(listing: Listing): () => void {
  listings.add(listing)
  return () => void listings.delete(listing)
}
