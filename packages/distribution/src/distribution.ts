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
import { serve } from './erpc/service.ts'
import type { Address, Listener, Network } from './network/network.ts'
import { tcp } from './network/tcp.ts'
import { Cookies } from './handshake/cookies.ts'
import { offerIn } from './handshake/offer.ts'
import { HealthWatch, type HealthChange } from './liveness/health-watch.ts'
import { Liveness } from './liveness/liveness.ts'
import type { DistributionStatus } from './liveness/peer-status.ts'
import { makeThreadPost } from './liveness/thread.ts'
import {
  checkNames,
  checkOptions,
  positive,
  type AutoConnect,
  type ListenOptions,
  type LivenessSettings,
  type PortMapperAddress,
} from './options.ts'
import type { ConnectResult } from './peers/connect-result.ts'
import { Peers, type WhichNodes } from './peers/peers.ts'
import type { MonitorNodesOptions, NodeChange } from './status/node-change.ts'
import { DrainWatch } from './status/drain-watch.ts'
import type { NameLease } from './names/request-name.ts'
import { NodeMonitors } from './status/node-monitors.ts'
import { NodeWatch } from './status/node-watch.ts'
import { Directory } from './discovery/directory.ts'
import type { Discovery } from './discovery/discovery.ts'
import { Joiner } from './discovery/joiner.ts'
import { PortMapper } from './discovery/port-mapper/client.ts'
import { staticDiscovery } from './discovery/static.ts'
import { newCounters, type Counters, type DistributionStats } from './stats.ts'

/** How often `joinFound` tries nodes that could not be reached, at least. */
const joinIntervalMs = 5000
const drainTimeoutMs = 10_000

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
  /**
   * Who else knows where nodes are: `dnsDiscovery`, `hostDiscovery`, or one of your own. Asked after `hosts` and before the port
   * mapper, in this order.
   */
  readonly discovery?: Discovery | readonly Discovery[]
  /**
   * True: connects to every node that `hosts` and `discovery` list, as soon as they do, and again every five seconds to those
   * that it is not connected to. Default false: when one is needed.
   */
  readonly joinFound?: boolean
  /** How bytes get to other nodes. Default: `tcp`. Others: `unix`, `MemoryNetwork`. */
  readonly network?: Network
  /**
   * A sign of life is given at least this often; a peer is down after four such intervals of silence. Default 15,000
   * ms. The slower of two nodes sets the pace. With liveness a node whose thread is held is not taken for dead, so the
   * interval may be shorter than the longest computation.
   */
  readonly tickMs?: number
  /**
   * A thread of its own ticks for this node while the node's thread is held by a long computation, and listens beside the
   * node for its peers' threads: who is busy is suspect, not down. Starts with the first peer that has it too. False: off;
   * silence is all that counts. Needs a network of sockets.
   */
  readonly liveness?: Partial<LivenessSettings> | false
  /** How long a connection may take to be made, and a stranger to prove himself. Default 7,000 ms. */
  readonly handshakeTimeoutMs?: number
  /**
   * For an operator's tool, which is no member of the cluster: other nodes talk to it, and do not see it among `nodes()`,
   * are not told that it comes and goes, and so do not connect others to it. Default false (`erl -hidden`).
   */
  readonly hidden?: boolean
  /**
   * Whether what is sent to a node without a connection makes one. `always`: the default. `once`: until it has been lost;
   * then it takes `connect`. `never`: only `connect` makes any. What is sent otherwise meets `noconnection`. Nodes that
   * connect to this one are let in all the same (dist_auto_connect).
   */
  readonly autoConnect?: AutoConnect
  /**
   * False: the names of `@agner/global` do not make this node connect to whom its neighbours are connected to. Default
   * true (`erl -connect_all`).
   */
  readonly connectAll?: boolean
  /**
   * The lease of the name of this node, from `requestName`. When it is lost this distribution stops; when this stops, the name
   * is given back.
   */
  readonly lease?: NameLease
  /** Only these nodes are connected to, and let in; default all that have the cookie. See `allow`. */
  readonly allow?: readonly string[]
  readonly limits?: Partial<Limits>
  /** Takes notices; default: the node's reporter. */
  readonly log?: (notice: Notice) => void
}

export interface DrainOptions {
  /** When it leaves by itself. Default 10,000 ms. */
  readonly timeoutMs?: number
}

export interface Distribution {
  readonly node: Node
  /** Where this node listens, with the port that was taken; null if it does not. */
  readonly listenAddress: Address | null
  /** Whether this node connects to whom its neighbours are connected to; what keeps meshes asks for it. */
  readonly connectAll: boolean
  /**
   * Connects, if there is no connection yet. False: it cannot be made; the log says why, and so does `tryConnect`. Sending
   * connects by itself, as `autoConnect` has it.
   *
   * @throws `distribution.own_name`
   */
  connect(name: string): Promise<boolean>
  /**
   * As `connect`; says why there is no connection. A distribution that is stopped says `stopped` (`ignored` of
   * net_kernel:connect_node/1).
   *
   * @throws `distribution.own_name`
   */
  tryConnect(name: string): Promise<ConnectResult>
  /**
   * From the first call on, or with the option `allow`, this node connects only to nodes that were named, and lets only
   * those in (`not_allowed`); every further call adds some. None can be taken off, and connections that stand are not
   * touched (net_kernel:allow/1).
   *
   * @throws `distribution.bad_option`
   */
  allow(names: readonly string[]): void
  /**
   * Sets the cookie: for connections to `peer` and from it, or for all peers that have none of their own. Both nodes need
   * the same for each other. It counts from the next connection on; those that stand stay (erlang:set_cookie/2). Null: the
   * peer has none of its own any more.
   *
   * @throws `distribution.no_cookie`, `distribution.weak_cookie`, `distribution.bad_option`
   */
  setCookie(cookie: string): void
  setCookie(cookie: string | null, peer: string): void
  /** The cookie for a peer, or for all that have none of their own (erlang:get_cookie/1). Never log it. */
  getCookie(peer?: string): string
  /**
   * Closes a connection: both sides see `noconnection`, here the nodedown's reason is `disconnect`. False if there was
   * none. The next send connects again.
   */
  disconnect(name: string): boolean
  /** How often this node gives a sign of life at least. */
  readonly tickMs: number
  /**
   * Changes that, also on connections that stand: peers are told, and count silence anew. The slower of two nodes sets the
   * pace, at every moment, so nodes can be changed one after the other. A peer of an older version cannot be told: it goes on
   * getting its ticks as often as it was promised (net_kernel:set_net_ticktime/2).
   *
   * @throws `distribution.bad_option`, `distribution.stopped`
   */
  setTickMs(tickMs: number): void
  /**
   * The names of the nodes that are connected now. Default `visible`: not the hidden ones; a hidden node sees no other.
   * `known`: this one, all that are connected or are being connected to, and those that once were, as long as there are
   * not more than `limits.knownNodes`. `this`: this one. `draining`: those that have said that they leave, as long as they are
   * connected (erlang:nodes/1).
   */
  nodes(which?: WhichNodes): string[]
  /**
   * Sends a process `{ type: 'nodeup', node }` and `{ type: 'nodedown', node, reason }` from now on, as often each as
   * it has subscribed, until it is dead; `on: false` ends all its subscriptions with the same options. A nodeup comes
   * before any signal of that connection, a nodedown after all of them. By default only of visible nodes; messages of a
   * subscription with `nodeType` or `connectionId` have a field of that name, too (net_kernel:monitor_nodes/2).
   *
   * @throws `distribution.stopped`
   */
  monitorNodes(process: { readonly pid: AnyPid }, on?: boolean, options?: MonitorNodesOptions): void
  /**
   * Sends a process `{ type: 'nodedown', node, reason }` when that node is lost, hidden or not. If it is not connected, it
   * is now, as `autoConnect` has it; if it cannot be, the nodedown comes at once (`connection_setup_failed`). Counted: who
   * has called it twice gets two, and then no more; `on: false` takes one back (erlang:monitor_node/2). Monitoring this
   * node itself does nothing.
   *
   * @throws `distribution.stopped`, `distribution.too_many_node_monitors`
   */
  monitorNode(process: { readonly pid: AnyPid }, name: string, on?: boolean): void
  /** For layers above: calls back at once when a node comes or goes. Returns what ends that. */
  onNodeChange(callback: (change: NodeChange) => void): () => void
  /**
   * Sends a process `{ type: 'nodesuspect', node, lagMs }` when a peer is silent and its program lives, with its thread
   * held, and `{ type: 'noderecovered', node }` when it is heard again, from now on until the process is dead or `on` is
   * false. If it is given up, a nodedown follows and no recovery. Of hidden nodes, too.
   *
   * @throws `distribution.stopped`
   */
  monitorHealth(process: { readonly pid: AnyPid }, on?: boolean): void
  /** The same, as a callback. Returns what ends that. */
  onHealthChange(callback: (change: HealthChange) => void): () => void
  /** Each peer, hidden ones included, with its health and lag; and this node's own lag. */
  status(): DistributionStatus
  /** Calls back when a peer says that it is about to leave. Returns what ends that. */
  onNodeDraining(callback: (node: string) => void): () => void
  /**
   * Says that this node is about to leave, before it does: peers are told (`onNodeDraining`, `nodes('draining')`), nobody finds
   * it any more, nobody is let in, and what is sent to it once it has left fails with `noconnection` at once, until a node
   * of that name is there in a new life. Connections stand and work until `stop()` is called, or the time is over; their
   * nodedown then says `drained`. Resolves when nobody finds it any more. Calling it again is harmless.
   *
   * @throws `distribution.stopped`
   */
  drain(options?: DrainOptions): Promise<void>
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
    serve(node)
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
  readonly #monitors: NodeMonitors
  readonly #cookies: Cookies
  readonly #health: HealthWatch
  readonly #liveness: Liveness
  readonly #peers: Peers
  readonly #port: RemotePort
  #tickMs: number
  #listener: Listener | null = null
  #directory: Directory | null = null
  #joiner: Joiner | null = null
  readonly #drains: DrainWatch
  #draining: Promise<void> | null = null
  #leaving: { clear(): void } | null = null
  readonly #lease: NameLease | null
  #ticking: { clear(): void } | null = null
  #stopping: Promise<void> | null = null

  constructor(node: Node, options: DistributionOptions) {
    this.node = node
    this.#checked = checkOptions(node, options)
    this.#network = options.network ?? tcp
    this.#lease = options.lease ?? null
    this.#log = createLog(node.runtime, options.log ?? ((notice) => node.report(notice)))
    this.#watch = new NodeWatch(node)
    this.#drains = new DrainWatch(node)
    const { cookie, tickMs, handshakeTimeoutMs, hidden, autoConnect, allow } = this.#checked
    const limits = { ...defaultLimits, ...options.limits }
    this.#tickMs = tickMs
    this.#monitors = new NodeMonitors(node, limits.nodeMonitors)
    this.#cookies = new Cookies(cookie)
    this.#health = new HealthWatch(node)
    this.#liveness = this.#makeLiveness()
    this.#peers = new Peers({
      runtime: node.runtime,
      network: this.#network,
      self: { name: node.name, incarnation: node.incarnation },
      cookies: this.#cookies,
      tickMs,
      handshakeTimeoutMs,
      hidden,
      autoConnect,
      allow,
      limits,
      log: this.#log,
      counters: this.#counters,
      watch: this.#watch,
      monitors: this.#monitors,
      liveness: this.#liveness,
      offer: offerIn(options),
      peerDrains: (name) => this.#drains.tell(name),
      lookup: (name) => this.#lookup(name),
    })
    this.#port = attachRouter(node, this.#peers)
    this.#peers.attach(this.#port)
  }

  #makeLiveness(): Liveness {
    const { listen, liveness, tickMs, handshakeTimeoutMs } = this.#checked
    const { liveness: kind } = this.#network
    const makePost = liveness === null || kind === undefined ? null : kind === 'thread' ? makeThreadPost : kind
    return new Liveness({
      runtime: this.node.runtime,
      makePost,
      listen: listen === null || liveness === null ? null : { host: listen.host, port: liveness.port },
      tickMs,
      busyLimitMs: liveness?.busyLimitMs ?? 1,
      timeoutMs: handshakeTimeoutMs,
      log: this.#log,
      tell: (change) => this.#health.tell(change),
      suspected: () => void this.#counters.suspicions++,
    })
  }

  get listenAddress(): Address | null {
    return this.#listener?.address ?? null
  }

  async start(): Promise<void> {
    if (this.#lease !== null) this.#hold(this.#lease)
    const { listen, joinFound } = this.#checked
    if (listen !== null) this.#listener = await this.#listen(listen)
    const { runtime, name } = this.node
    this.#directory = new Directory(this.#discoveries(), runtime, this.#log)
    const [listening, log] = [this.listenAddress, this.#log]
    await this.#directory.start({ name, listening, runtime, log, changed: () => this.#joiner?.join() })
    if (joinFound) this.#joiner = this.#makeJoiner(this.#directory)
    this.#joiner?.join()
    this.#tick()
  }

  /** Without its name a node is no member of the cluster: another may be given the same one. */
  #hold(lease: NameLease): void {
    const { name } = this.node
    if (!lease.isHeld) throw distributionError('distribution.name_lost', { name, reason: 'it was given back, or lost' })
    void lease.lost.then((reason) => {
      const { code, message } = distributionError('distribution.name_lost', { name, reason })
      if (this.#stopping === null) this.#log('warning', code, message)
      return this.stop()
    })
  }

  /** In the order in which they are asked. */
  #discoveries(): Discovery[] {
    const { portMapper, hosts, discovery } = this.#checked
    const all = [staticDiscovery(Object.fromEntries(hosts)), ...discovery]
    if (portMapper === null) return all
    const { runtime, name } = this.node
    const [network, log, listening] = [this.#network, this.#log, this.listenAddress]
    return [...all, new PortMapper({ network, runtime, address: portMapper, name, listening, log })]
  }

  #makeJoiner(directory: Directory): Joiner {
    return new Joiner({
      runtime: this.node.runtime,
      intervalMs: joinIntervalMs,
      nodes: () => directory.nodes(),
      isMissing: (name) => this.#peers.isMissing(name),
      connect: (name) => this.#peers.connect(name),
    })
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
    const { runtime } = this.node
    const { beatMs } = this.#liveness
    const dueMs = runtime.nowMs() + beatMs
    const timer = runtime.setTimer(beatMs, () => {
      this.#liveness.lag.late(runtime.nowMs() - dueMs)
      // What waits to be read comes first: if this thread was held, it is not the peers that were silent.
      runtime.macrotask(() => {
        if (this.#stopping === null) this.#peers.tick()
      })
      if (this.#stopping === null) this.#tick()
    })
    // The sockets keep the program alive, if they should; the timer alone need not.
    timer.unref()
    this.#ticking = timer
  }

  async #lookup(name: string): Promise<Address | null> {
    return (await this.#directory?.lookup(name)) ?? null
  }

  get connectAll(): boolean {
    return this.#checked.connectAll
  }

  async connect(name: string): Promise<boolean> {
    return (await this.tryConnect(name)).connected
  }

  async tryConnect(name: string): Promise<ConnectResult> {
    if (name === this.node.name) throw distributionError('distribution.own_name', { name })
    return this.#peers.connect(name)
  }

  disconnect(name: string): boolean {
    return this.#peers.disconnect(name)
  }

  allow(names: readonly string[]): void {
    this.#peers.allow(checkNames('allow', names))
  }

  setCookie(cookie: string | null, peer?: string): void {
    if (peer !== undefined && peer !== this.node.name) this.#cookies.set(peer, cookie)
    else this.#cookies.setOwn(cookie as string)
  }

  getCookie(peer?: string): string {
    return peer === undefined ? this.#cookies.own : this.#cookies.of(peer)
  }

  nodes(which: WhichNodes = 'visible'): string[] {
    return this.#peers.names(which)
  }

  monitorNodes({ pid }: { readonly pid: AnyPid }, on = true, options: MonitorNodesOptions = {}): void {
    if (!on) return this.#watch.unsubscribe(pid, options)
    this.#checkRunning()
    this.#watch.subscribe(pid, options)
  }

  monitorNode({ pid }: { readonly pid: AnyPid }, name: string, on = true): void {
    if (!on) return void this.#monitors.remove(pid, name)
    this.#checkRunning()
    if (name !== this.node.name && this.#monitors.add(pid, name)) this.#peers.watch(name)
  }

  get tickMs(): number {
    return this.#tickMs
  }

  setTickMs(tickMs: number): void {
    this.#checkRunning()
    this.#tickMs = positive('tickMs', tickMs)
    this.#peers.setTickMs(tickMs)
    // The next beat may be nearer than the one that was waited for.
    this.#ticking?.clear()
    this.#tick()
  }

  #checkRunning(): void {
    if (this.#stopping !== null) throw distributionError('distribution.stopped', { node: this.node.name })
  }

  onNodeChange(callback: (change: NodeChange) => void): () => void {
    return this.#watch.onChange(callback)
  }

  monitorHealth({ pid }: { readonly pid: AnyPid }, on = true): void {
    if (!on) return this.#health.unsubscribe(pid)
    this.#checkRunning()
    this.#health.subscribe(pid)
  }

  onHealthChange(callback: (change: HealthChange) => void): () => void {
    return this.#health.onChange(callback)
  }

  status(): DistributionStatus {
    const peers = [...this.#peers.all].map(({ peer: { name }, vitals }) => ({
      node: name,
      health: vitals.isSuspect ? ('suspect' as const) : ('alive' as const),
      lagMs: vitals.lagMs,
      silentIntervals: vitals.silence,
      lane: vitals.lane,
    }))
    return { lagMs: this.#liveness.lag.lagMs, peers }
  }

  stats(): DistributionStats {
    let suspects = 0
    for (const { vitals } of this.#peers.all) if (vitals.isSuspect) suspects++
    return {
      ...this.#counters,
      pendingHandshakes: this.#peers.pendingHandshakes,
      waitingBytes: this.#peers.waitingBytes,
      givenNames: this.#peers.givenNames,
      connections: this.#peers.connectionCount,
      suspects,
      lagMs: this.#liveness.lag.lagMs,
    }
  }

  onNodeDraining(callback: (node: string) => void): () => void {
    return this.#drains.on(callback)
  }

  async drain({ timeoutMs = drainTimeoutMs }: DrainOptions = {}): Promise<void> {
    this.#checkRunning()
    this.#draining ??= this.#drain(positive('drain.timeoutMs', timeoutMs))
    return this.#draining
  }

  async #drain(timeoutMs: number): Promise<void> {
    this.#joiner?.stop()
    // Peers know before they could notice: who finds nobody listening knows why.
    this.#peers.drain(timeoutMs)
    this.#leaving = this.node.runtime.setTimer(timeoutMs, () => void this.stop())
    const listener = this.#listener
    this.#listener = null
    await Promise.all([this.#directory?.withdraw(), listener?.close()])
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    this.#ticking?.clear()
    this.#lease?.release()
    // The name is free for the next life of this node before the peers learn of the end of this one.
    this.#leaving?.clear()
    this.#joiner?.stop()
    const directory = this.#directory?.stop()
    const listener = this.#listener?.close()
    const peers = this.#peers.stop()
    this.#liveness.stop()
    // Everybody has been told.
    this.#watch.close()
    this.#monitors.close()
    this.#port.detach()
    await Promise.all([directory, listener, peers])
  }
}
