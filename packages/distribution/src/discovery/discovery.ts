/**
 * How a node finds others: the seam between the distribution and whatever knows where nodes listen.
 *
 *     startDistribution ── start(self) ──► lookup(name) …, nodes() … ──► withdraw() (it drains) ──► stop()
 *
 * An object belongs to one node. Nobody trusts it: whom a node really talks to is proven by the handshake.
 */
import type { Runtime } from '@agner/core'
import type { Log } from '../log.ts'
import type { Address } from '../network/network.ts'

/** The node that looks for others. */
export interface DiscoverySelf {
  readonly name: string
  /** Where it listens; null if it does not. */
  readonly listening: Address | null
  readonly runtime: Runtime
  readonly log: Log
  /** To be called when `nodes()` has become another list. */
  changed(): void
}

export interface Discovery {
  /** Called once, first. Resolves when it can be asked, and this node be found. A rejection ends `startDistribution`. */
  start?(self: DiscoverySelf): Promise<void>
  /**
   * Where the node `name` listens; null if that is not known here. The next discovery is asked then, and also when it rejects
   * or gives what is no address, a host and a port from 1 to 65,535 (which is logged), or takes more than 3,000 ms.
   */
  lookup(name: string): Promise<Address | null>
  /** The nodes that there should be, as far as is known now. Without it, it does not know. */
  nodes?(): readonly string[]
  /** From now on nobody shall find this node; it goes on looking for others. */
  withdraw?(): Promise<void>
  stop?(): Promise<void>
}
