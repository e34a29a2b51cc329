/**
 * Other nodes for scenarios that need them, on a network in memory: what peers.erl is in Erlang.
 *
 *     b o     visible
 *     h       hidden
 *     d e f   have global names between them; the node of the scenario never connects to them
 */
import { createNode, type Node, type Process } from '../../packages/core/src/index.ts'
import {
  MemoryNetwork,
  startDistribution,
  type Distribution,
  type DistributionOptions,
} from '../../packages/distribution/src/index.ts'
import { startGlobal, type Global } from '../../packages/global/src/index.ts'

const addresses = {
  b: '127.0.0.2',
  o: '127.0.0.3',
  h: '127.0.0.4',
  d: '127.0.0.5',
  e: '127.0.0.6',
  f: '127.0.0.7',
} as const
export type Short = keyof typeof addresses

const port = 1
const pollMs = 5
const polls = 400

export interface Peer {
  readonly node: Node
  readonly distribution: Distribution
}

export const nameOf = (short: Short): string => `${short}@${addresses[short]}`
/** Where each listens, for all of them and the scenario's own node. */
const addressesOf = (own: Node): Record<string, string> => ({
  [own.name]: `127.0.0.1:${port}`,
  ...Object.fromEntries(
    (Object.keys(addresses) as Short[]).map((short) => [nameOf(short), `${addresses[short]}:${port}`]),
  ),
})

export class Cluster {
  readonly #network: MemoryNetwork
  readonly #own: Node
  readonly #peers = new Map<Short, Peer>()
  readonly #globals: Global[] = []
  #distribution: Distribution | null = null

  constructor(own: Node, seed: number | undefined) {
    this.#own = own
    this.#network = new MemoryNetwork({ runtime: own.runtime, ...(seed !== undefined && { seed }) })
  }

  /** That of the scenario's own node. */
  get distribution(): Distribution {
    return this.#distribution!
  }

  /** @param options of the scenario's own node. */
  async start(shorts: readonly Short[], options: Partial<DistributionOptions> = {}): Promise<void> {
    this.#distribution = await this.#join(this.#own, '127.0.0.1', options)
    for (const short of shorts) await this.#startPeer(short)
  }

  peer(short: Short): Peer {
    return this.#peers.get(short)!
  }

  async connect(short: Short): Promise<string> {
    if (!(await this.distribution.connect(nameOf(short)))) throw new Error(`There is no connection to ${short}.`)
    return nameOf(short)
  }

  /** Both sides know of it when this resolves. */
  async cut(self: Process<unknown>, short: Short): Promise<void> {
    this.distribution.disconnect(nameOf(short))
    const isGone = () => !this.peer(short).distribution.nodes('connected').includes(this.#own.name)
    await this.until(self, isGone)
  }

  /** Another life of a node of the same name. */
  async restart(short: Short): Promise<void> {
    await this.#stop(this.peer(short))
    await this.#startPeer(short)
  }

  /** The global names of d, e and f; and of others, who are in no mesh. */
  async global(short: Short): Promise<Global> {
    const { node, distribution } = this.peer(short)
    const global = await startGlobal(node, distribution)
    this.#globals.push(global)
    return global
  }

  /** False if it does not become true in a while. */
  async until(self: Process<unknown>, isSo: () => boolean): Promise<boolean> {
    for (let left = polls; !isSo(); left--) {
      if (left === 0) return false
      await self.sleep(pollMs)
    }
    return true
  }

  async stop(): Promise<void> {
    for (const global of this.#globals) global.stop()
    await Promise.all([...this.#peers.values()].map((peer) => this.#stop(peer)))
    await this.#distribution?.stop()
  }

  async #startPeer(short: Short): Promise<void> {
    const node = createNode({ name: nameOf(short), runtime: this.lifeOf(), report: () => {} })
    const distribution = await this.#join(node, addresses[short], {
      hidden: short === 'h',
      connectAll: this.meshes(short),
    })
    this.#peers.set(short, { node, distribution })
  }

  /** Whether a node connects to whom its neighbours are connected to (`-connect_all`). Faults give other answers. */
  meshes(short: Short): boolean {
    return short === 'd' || short === 'e' || short === 'f'
  }

  /** What the next node takes from the world: that of all. A fault gives it a world in which every life is the same. */
  lifeOf(): Node['runtime'] {
    return this.#own.runtime
  }

  async #join(node: Node, host: string, options: Partial<DistributionOptions>): Promise<Distribution> {
    return startDistribution(node, {
      cookie: 'a cookie of the judge',
      network: this.#network,
      listen: { host, port },
      portMapper: false,
      hosts: addressesOf(this.#own),
      log: () => {},
      ...options,
    })
  }

  async #stop({ node, distribution }: Peer): Promise<void> {
    await distribution.stop()
    await node.stop({ timeoutMs: 0 })
  }
}
