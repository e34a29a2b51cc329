/**
 * Distribution: makes a node part of a cluster.
 *
 * Sends, links, monitors, requests and spawns to other nodes go through here from then on; which node, the kernel finds
 * in the address. A connection is made when one is first needed. What a lost connection costs is exactly what went over
 * it: links and monitors fail with `noconnection`, once each.
 */
import type { AnyPid, Node } from '@agner/core'
import { attachRouter, messageOf, type RemotePort } from '@agner/core/kernel'
import type { Distribution } from './distribution-interface.ts'
import type { DistributionOptions, DrainOptions } from './distribution-options.ts'
import { distributionError } from './errors.ts'
import { defaultLimits } from './limits.ts'
import { createLog, type Log } from './log.ts'
import { serve } from './erpc/service.ts'
import type { Address, Listener, Network } from './network/network.ts'
import { tcp } from './network/tcp.ts'
import { Cookies } from './handshake/cookies.ts'
import { HybridClock } from './context/hybrid-clock.ts'
import { offerIn } from './handshake/offer.ts'
import { HealthWatch, type HealthChange } from './liveness/health-watch.ts'
import { Liveness } from './liveness/liveness.ts'
import type { DistributionStatus } from './liveness/peer-status.ts'
import { makeThreadPost } from './liveness/thread.ts'
import { checkNames, checkOptions, positive } from './options.ts'
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
  readonly clock: HybridClock | null
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
    const { maxDriftMs } = this.#checked
    this.clock = maxDriftMs === null ? null : new HybridClock(() => node.systemTimeMs(), maxDriftMs)
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
      clock: this.clock,
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
      const reason = messageOf(error)
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
    if (name === this.node.name) return { connected: true }
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
