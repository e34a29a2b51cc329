/**
 * Distribution: makes a node part of a cluster.
 *
 * Sends, links, monitors, requests and spawns to other nodes go through here from then on; which node, the kernel finds
 * in the address. A connection is made when one is first needed. What a lost connection costs is exactly what went over
 * it: links and monitors fail with `noconnection`, once each.
 */
import type { AnyPid, Node, Notice } from '@agner/core'
import { attachRouter, type RemotePort } from '@agner/core/kernel'
import { distributionError } from './errors.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { createLog, type Log } from './log.ts'
import type { Address, Listener, Network } from './network/network.ts'
import { tcp } from './network/tcp.ts'
import { NodeWatch, type NodeChange } from './status/node-watch.ts'
import { checkOptions, type ListenOptions, type PortMapperAddress } from './options.ts'
import { Peers } from './peers/peers.ts'
import { PortMapper } from './discovery/port-mapper/client.ts'
import { newCounters, type Counters, type DistributionStats } from './stats.ts'

export interface DistributionOptions {
  /**
   * The secret that every node of the cluster has, at least 16 characters. Whoever knows it may do anything that a node
   * of the cluster may.
   */
  readonly cookie: string
  /** Where other nodes connect to; default a free port on 127.0.0.1. False: this node can only connect to others. */
  readonly listen?: Partial<ListenOptions> | false
  /**
   * Where the nodes of this host find each other by name; default 127.0.0.1:4370, served by whichever node comes first.
   * False: only `hosts` counts.
   */
  readonly portMapper?: Partial<PortMapperAddress> | false
  /** Nodes that the port mapper does not know, by name: `{ 'db@10.0.0.2': '10.0.0.2:4400' }`. Looked at first. */
  readonly hosts?: Readonly<Record<string, string>>
  /** How bytes get to other nodes. Default: `tcp`. Others: `unix`, `MemoryNetwork`. */
  readonly network?: Network
  /**
   * A sign of life is given at least this often; a peer is down after four such intervals of silence. Default 15,000
   * ms. The slower of two nodes sets the pace.
   */
  readonly tickMs?: number
  /** How long a connection may take to be made, and a stranger to prove himself. Default 7,000 ms. */
  readonly handshakeTimeoutMs?: number
  /**
   * For an operator's tool, which is no member of the cluster: other nodes talk to it, and do not see it among `nodes()`,
   * are not told that it comes and goes, and so do not connect others to it. Default false (`erl -hidden`).
   */
  readonly hidden?: boolean
  readonly limits?: Partial<Limits>
  /** Takes notices; default: the node's reporter. */
  readonly log?: (notice: Notice) => void
}

export interface Distribution {
  readonly node: Node
  /** Where this node listens, with the port that was taken; null if it does not. */
  readonly listenAddress: Address | null
  /**
   * Connects, if there is no connection yet. False: it cannot be made; the log says why. Sending connects by itself.
   */
  connect(name: string): Promise<boolean>
  /**
   * Closes a connection: both sides see `noconnection`, here the nodedown's reason is `disconnect`. False if there was
   * none. The next send connects again.
   */
  disconnect(name: string): boolean
  /**
   * The names of the nodes that are connected now. Default `visible`: not the hidden ones; a hidden node sees no other
   * (erlang:nodes/1).
   */
  nodes(which?: 'visible' | 'hidden' | 'connected'): string[]
  /**
   * Sends a process `{ type: 'nodeup', node }` and `{ type: 'nodedown', node, reason }` from now on, as often each as
   * it has subscribed, until it is dead; `on: false` ends all its subscriptions. A nodeup comes before any signal of
   * that connection, a nodedown after all of them. Not of hidden nodes
   * (net_kernel:monitor_nodes/1).
   */
  monitorNodes(process: { readonly pid: AnyPid }, on?: boolean): void
  /** For layers above: calls back at once when a node comes or goes. Returns what ends that. */
  onNodeChange(callback: (change: NodeChange) => void): () => void
  stats(): DistributionStats
  /** Takes leave of all peers and closes everything. Stop it before the node. Calling it again is harmless. */
  stop(): Promise<void>
}

/**
 * Makes `node` part of a cluster.
 *
 * @throws `distribution.no_cookie`, `distribution.weak_cookie`, `distribution.no_name`, `distribution.bad_option`,
 * `distribution.listen_failed`, `distribution.name_taken`, `distribution.mapper_unreachable`; `node.router_attached` if
 * it already is.
 */
export async function startDistribution(node: Node, options: DistributionOptions): Promise<Distribution> {
  const distribution = new NodeDistribution(node, options)
  try {
    await distribution.start()
  } catch (error) {
    await distribution.stop()
    throw error
  }
  return distribution
}

class NodeDistribution implements Distribution {
  readonly node: Node
  readonly #checked: ReturnType<typeof checkOptions>
  readonly #network: Network
  readonly #log: Log
  readonly #counters: Counters = newCounters()
  readonly #watch: NodeWatch
  readonly #peers: Peers
  readonly #port: RemotePort
  #listener: Listener | null = null
  #mapper: PortMapper | null = null
  #ticking: { clear(): void } | null = null
  #stopping: Promise<void> | null = null

  constructor(node: Node, options: DistributionOptions) {
    this.node = node
    this.#checked = checkOptions(node, options)
    this.#network = options.network ?? tcp
    this.#log = createLog(node.runtime, options.log ?? ((notice) => node.report(notice)))
    this.#watch = new NodeWatch(node)
    const { cookie, tickMs, handshakeTimeoutMs, hidden } = this.#checked
    this.#peers = new Peers({
      runtime: node.runtime,
      network: this.#network,
      self: { name: node.name, incarnation: node.incarnation },
      cookie,
      tickMs,
      handshakeTimeoutMs,
      hidden,
      limits: { ...defaultLimits, ...options.limits },
      log: this.#log,
      counters: this.#counters,
      watch: this.#watch,
      lookup: (name) => this.#lookup(name),
    })
    this.#port = attachRouter(node, this.#peers)
    this.#peers.attach(this.#port)
  }

  get listenAddress(): Address | null {
    return this.#listener?.address ?? null
  }

  async start(): Promise<void> {
    const { listen, portMapper } = this.#checked
    if (listen !== null) this.#listener = await this.#listen(listen)
    if (portMapper !== null) {
      const { runtime, name } = this.node
      this.#mapper = new PortMapper({
        network: this.#network,
        runtime,
        address: portMapper,
        name,
        listening: this.listenAddress,
        log: this.#log,
      })
      await this.#mapper.start()
    }
    this.#tick()
  }

  async #listen(address: Address): Promise<Listener> {
    try {
      return await this.#network.listen(address, (stream) => this.#peers.accept(stream))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw distributionError('distribution.listen_failed', { ...address, reason })
    }
  }

  #tick(): void {
    const timer = this.node.runtime.setTimer(this.#checked.tickMs, () => {
      this.#peers.tick()
      if (this.#stopping === null) this.#tick()
    })
    // The sockets keep the program alive, if they should; the timer alone need not.
    timer.unref()
    this.#ticking = timer
  }

  async #lookup(name: string): Promise<Address | null> {
    return this.#checked.hosts.get(name) ?? (await this.#mapper?.lookup(name)) ?? null
  }

  async connect(name: string): Promise<boolean> {
    if (name === this.node.name) throw distributionError('distribution.own_name', { name })
    return this.#peers.connect(name)
  }

  disconnect(name: string): boolean {
    return this.#peers.disconnect(name)
  }

  nodes(which: 'visible' | 'hidden' | 'connected' = 'visible'): string[] {
    return this.#peers.names(which)
  }

  monitorNodes(process: { readonly pid: AnyPid }, on = true): void {
    if (on) this.#watch.subscribe(process.pid)
    else this.#watch.unsubscribe(process.pid)
  }

  onNodeChange(callback: (change: NodeChange) => void): () => void {
    return this.#watch.onChange(callback)
  }

  stats(): DistributionStats {
    return {
      ...this.#counters,
      pendingHandshakes: this.#peers.pendingHandshakes,
      connections: this.#peers.connectionCount,
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    this.#ticking?.clear()
    // The name is free for the next life of this node before the peers learn of the end of this one.
    const mapper = this.#mapper?.stop()
    const listener = this.#listener?.close()
    const peers = this.#peers.stop()
    this.#port.detach()
    await Promise.all([mapper, listener, peers])
  }
}
