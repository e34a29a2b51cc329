/** Starts nodes in OS processes of their own, and listens to what they say. */
import { startPeer as startOsPeer, type Peer as OsPeer, type PeerExit } from '@agner/testing'
import type { DistributionOptions } from '../../src/index.ts'
import type { Event, PeerCalls } from './peer.ts'
import type program from './peer.ts'

export type { Event } from './peer.ts'

export type PeerOptions = Pick<DistributionOptions, 'tickMs' | 'liveness'>

export class Peer {
  readonly exited: Promise<PeerExit>
  readonly #peer: OsPeer<PeerCalls>

  constructor(peer: OsPeer<PeerCalls>) {
    this.#peer = peer
    this.exited = peer.exited
  }

  get events(): readonly Event[] {
    return this.#peer.said as readonly Event[]
  }

  /** The first event that fits, seen already or still to come. */
  async until(fits: (event: Event) => boolean): Promise<Event> {
    return (await this.#peer.until((said) => fits(said as Event))) as Event
  }

  /** Sends the process `flooded` of a node so many numbers. */
  flood(node: string, count: number): void {
    this.#peer.cast('flood', node, count)
  }

  /** Holds the thread; says `holding` before, and `held` when it is over. */
  hold(ms: number): void {
    this.#peer.cast('hold', ms)
  }

  stop(): Promise<PeerExit> {
    return this.#peer.stop()
  }

  signal(name: NodeJS.Signals): void {
    this.#peer.kill(name)
  }
}

const started: Peer[] = []

export async function startPeer(
  name: string,
  cookie: string,
  mapperPort: number,
  options: PeerOptions = {},
  nodeFlags: readonly string[] = [],
): Promise<Peer> {
  const module = new URL('peer.ts', import.meta.url)
  const distribution = { portMapper: { port: mapperPort }, ...options }
  const peer = new Peer(
    await startOsPeer<typeof program>({ module, name, cookie, distribution, nodeFlags, callTimeoutMs: 60_000 }),
  )
  started.push(peer)
  return peer
}

/** For afterEach: no process is left. */
export async function endPeers(): Promise<void> {
  for (const peer of started.splice(0)) {
    peer.signal('SIGKILL')
    await peer.exited
  }
}
