/**
 * One connection per pair of nodes: made when first needed, chosen when both sides make one, reported when it ends.
 *
 *     none ──send/connect──► attempt (signals wait) ──handshake──► up ──► down ──► none
 *                               │ fails: peerLost
 *
 * When two nodes connect to each other at once, the connection that the node with the greater name began survives. Both
 * decide by the same rule, and only about peers that have proven the cookie; the acceptor's decision is the one that
 * counts:
 * - it has no connection and no attempt that was heard of: admitted;
 * - its own attempt has reached the peer, and its own name is the greater: refused as simultaneous, since the peer is
 *   about to admit that attempt;
 * - it has an older connection: that one is dead in the peer's eyes; it goes down, and is reported, before the new one
 *   comes up.
 */
import type { Runtime } from '@agner/core'
import type { RemotePort, RemoteSignal, Router } from '@agner/core/kernel'
import { Attempt } from './attempt.ts'
import { Channel, type ChannelOwner, type FrameTaker, type Refused } from '../connection/channel.ts'
import { Connection } from '../connection/connection.ts'
import { Handshake, type Agreement } from '../handshake/handshake.ts'
import { nonceBytes, type RefusalCode } from '../handshake/messages.ts'
import { explainRefusal, hostOf } from '../handshake/refusals.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../log.ts'
import type { Address, Network, Stream, StreamHandlers } from '../network/network.ts'
import type { NodeDownReason, NodeWatch } from '../status/node-watch.ts'
import type { Counters } from '../stats.ts'
import { cause } from '../wire/opcodes.ts'
import type { Party } from '../wire/parties.ts'

export interface PeersOptions {
  readonly runtime: Runtime
  readonly network: Network
  readonly self: Party
  readonly cookie: string
  readonly tickMs: number
  readonly handshakeTimeoutMs: number
  readonly hidden: boolean
  readonly limits: Limits
  readonly log: Log
  readonly counters: Counters
  readonly watch: NodeWatch
  /** Where a node listens, if that can be known. */
  lookup(name: string): Promise<Address | null>
}

export class Peers implements Router, ChannelOwner {
  readonly #options: PeersOptions
  readonly #connections = new Map<string, Connection>()
  readonly #attempts = new Map<string, Attempt>()
  /** Accepted streams in the handshake. */
  readonly #knocking = new Set<Channel>()
  /** Connections that are down and whose streams still end. */
  readonly #ending = new Set<Connection>()
  #endings: (() => void)[] = []
  #port: RemotePort | null = null
  #births = 0
  #stopping = false

  constructor(options: PeersOptions) {
    this.#options = options
  }

  /** Must be called before anything else. */
  attach(port: RemotePort): void {
    this.#port = port
  }

  get port(): RemotePort {
    return this.#port as RemotePort
  }

  /** Connected nodes, by whether the connection is hidden. */
  names(which: 'visible' | 'hidden' | 'connected' = 'visible'): string[] {
    const chosen = [...this.#connections].filter(
      ([, { isHidden }]) => which === 'connected' || isHidden === (which === 'hidden'),
    )
    return chosen.map(([name]) => name)
  }

  get pendingHandshakes(): number {
    let own = 0
    for (const attempt of this.#attempts.values()) if (attempt.channel !== null) own++
    return this.#knocking.size + own
  }

  route(node: string, signal: RemoteSignal): void {
    const connection = this.#connections.get(node)
    if (connection !== undefined) connection.send(signal)
    else this.#attempt(node).queue(signal)
  }

  /** True once there is a connection, false when none can be made. */
  connect(name: string): Promise<boolean> {
    if (this.#connections.has(name)) return Promise.resolve(true)
    if (this.#stopping) return Promise.resolve(false)
    return new Promise((resolve) => this.#attempt(name).outcome(resolve))
  }

  /** False when there was no connection. */
  disconnect(name: string): boolean {
    const connection = this.#connections.get(name)
    connection?.close('disconnect', cause.disconnect)
    return connection !== undefined
  }

  #attempt(name: string): Attempt {
    const known = this.#attempts.get(name)
    if (known !== undefined) return known
    const { runtime, handshakeTimeoutMs, limits, lookup } = this.#options
    const attempt = new Attempt({
      name,
      runtime,
      timeoutMs: handshakeTimeoutMs,
      queueLimit: limits.queuedSignals,
      lookup: (wanted) => (this.#stopping ? Promise.resolve(null) : lookup(wanted)),
      dial: (address) => this.#dial(name, address),
      failed: (reason) => this.#attemptFailed(name, reason),
    })
    this.#attempts.set(name, attempt)
    attempt.begin()
    return attempt
  }

  #attemptFailed(name: string, reason: string): void {
    const attempt = this.#attempts.get(name)
    if (attempt === undefined) return
    const { counters, log } = this.#options
    this.#attempts.delete(name)
    counters.connectFailures++
    log('info', 'distribution.connection_setup_failed', `no connection to ${name}: ${reason}`)
    this.port.peerLost(name)
    attempt.finish(false)
  }

  // — streams —

  /** Takes a stream that somebody else began. */
  accept(stream: Stream): StreamHandlers {
    const channel = this.#channel('in', null)
    channel.attach(stream)
    this.#knocking.add(channel)
    // Not inside the call that hands the stream over: it may not be written to before that returns.
    if (this.#knocking.size > this.#options.limits.pendingHandshakes)
      this.#options.runtime.microtask(() => channel.refuse('busy'))
    else if (this.#stopping) this.#options.runtime.microtask(() => channel.refuse('stopping'))
    return channel
  }

  #dial(name: string, address: Address): Channel {
    const channel = this.#channel('out', name)
    channel.attach(this.#options.network.connect(address, channel))
    return channel
  }

  #channel(direction: 'out' | 'in', wanted: string | null): Channel {
    const { runtime, self, cookie, tickMs, limits, handshakeTimeoutMs, hidden } = this.#options
    const role = direction === 'out' ? 'initiator' : 'acceptor'
    const nonce = runtime.randomBytes(nonceBytes)
    const handshake = new Handshake({
      role,
      self,
      cookie,
      nonce,
      tickMs,
      frameBytes: limits.frameBytes,
      hidden,
      ...(wanted === null ? {} : { wanted }),
    })
    return new Channel({
      owner: this,
      runtime,
      handshake,
      direction,
      timeoutMs: handshakeTimeoutMs,
      frameBytes: limits.frameBytes,
      birth: ++this.#births,
    })
  }

  ask(channel: Channel, agreement: Agreement): RefusalCode | null {
    const { self, limits } = this.#options
    const { peer } = agreement
    if (this.#stopping) return 'stopping'
    const isGreater = self.name > peer.name
    const old = this.#connections.get(peer.name)
    if (old !== undefined) {
      // It came up while this handshake was under way, and by our own doing: the two are simultaneous, not one after
      // the other.
      const isRival = old.peer.incarnation === peer.incarnation && old.direction === 'out' && old.birth > channel.birth
      if (isRival && isGreater) return 'simultaneous'
      this.#replace(old, peer)
      return null
    }
    const attempt = this.#attempts.get(peer.name)
    if (attempt?.channel?.hasHeard === true && isGreater) return 'simultaneous'
    if (this.#connections.size >= limits.connections) return 'busy'
    return null
  }

  #replace(old: Connection, peer: Party): void {
    const { log } = this.#options
    if (old.peer.incarnation !== peer.incarnation) {
      log(
        'warning',
        'distribution.replaced',
        `${peer.name} is there in a new life; the connection to the old one is closed. If this comes again and again, two nodes have the same name.`,
      )
    }
    old.close('replaced', cause.replaced)
  }

  up(channel: Channel, agreement: Agreement): FrameTaker {
    const { peer } = agreement
    this.#knocking.delete(channel)
    const attempt = this.#attempts.get(peer.name)
    this.#attempts.delete(peer.name)
    attempt?.withdraw(channel)
    const { runtime, log, counters, limits, self, tickMs, watch } = this.#options
    const connection = new Connection({
      runtime,
      port: this.port,
      log,
      counters,
      limits,
      self,
      agreement,
      stream: channel.stream,
      direction: channel.direction,
      birth: ++this.#births,
      tickMs,
      down: (gone, reason) => this.#down(gone, reason),
      gone: (gone) => this.#gone(gone),
    })
    this.#connections.get(peer.name)?.close('replaced', cause.replaced)
    this.#connections.set(peer.name, connection)
    counters.nodeups++
    // What waited goes first: those who are told may send, and must not overtake it.
    for (const signal of attempt?.signals ?? []) connection.send(signal)
    if (!connection.isHidden) watch.tell({ type: 'nodeup', node: peer.name })
    attempt?.finish(true)
    return connection
  }

  refused(channel: Channel, refused: Refused): void {
    const { counters, log, self } = this.#options
    this.#knocking.delete(channel)
    if (refused.by === 'self') counters.refusals++
    const attempt = this.#attemptOf(channel)
    // The peer's own connection is on its way; should it not come, ours is tried again.
    if (refused.code === 'simultaneous') return attempt?.again()
    const { level, text } = explainRefusal(refused, self.name, attempt?.name ?? null, channel.remote)
    log(level, `distribution.${refused.code ?? 'refused'}`, text, {
      remote: channel.remote,
      about: attempt?.name ?? `${refused.peer ?? 'somebody'} at ${hostOf(channel.remote)}`,
    })
    attempt?.fail(text)
  }

  failed(channel: Channel, reason: string): void {
    const attempt = this.#attemptOf(channel)
    if (attempt !== null) return attempt.fail(reason)
    this.#knocking.delete(channel)
    this.#options.log(
      'info',
      'distribution.handshake_abandoned',
      `somebody began a handshake and did not finish it: ${reason}`,
      { remote: channel.remote },
    )
  }

  #attemptOf(channel: Channel): Attempt | null {
    for (const attempt of this.#attempts.values()) if (attempt.channel === channel) return attempt
    return null
  }

  // — the end of connections —

  #down(connection: Connection, reason: NodeDownReason): void {
    const { name } = connection.peer
    if (this.#connections.get(name) !== connection) return
    const { counters, watch } = this.#options
    this.#connections.delete(name)
    this.#ending.add(connection)
    counters.nodedowns++
    this.port.peerLost(name)
    if (!connection.isHidden) watch.tell({ type: 'nodedown', node: name, reason })
  }

  #gone(connection: Connection): void {
    this.#ending.delete(connection)
    if (this.#ending.size > 0) return
    const endings = this.#endings
    this.#endings = []
    for (const ended of endings) ended()
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  /** One interval has passed. */
  tick(): void {
    for (const connection of [...this.#connections.values()]) connection.tick()
  }

  /** Takes leave of everybody. Resolves when every stream has ended. */
  stop(): Promise<void> {
    this.#stopping = true
    for (const channel of [...this.#knocking]) channel.destroy()
    this.#knocking.clear()
    for (const attempt of [...this.#attempts.values()]) attempt.fail('the distribution was stopped')
    for (const connection of [...this.#connections.values()]) connection.close('stopped', cause.shutdown)
    if (this.#ending.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#endings.push(resolve))
  }
}
