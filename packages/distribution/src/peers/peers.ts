/**
 * One connection per pair of nodes: made when first needed, chosen when both sides make one, reported when it ends.
 *
 *     none ──send/connect──► attempt (signals wait) ──handshake──► up ──► down ──► none
 *                               │ fails: peerLost
 *
 * Both nodes decide by the same rule which of two simultaneous connections survives (`admission.ts`), and only about peers
 * that have proven the cookie; the acceptor's decision is the one that counts.
 *
 * What is lost is told in this order: links, monitors and requests fail; then those who monitor that node; then those who
 * watch all nodes.
 */
import type { AnyPid } from '@agner/core'
import type { Readiness, RemotePort, RemoteSignal, Routed, Router } from '@agner/core/kernel'
import { admission } from './admission.ts'
import type { Attempt } from './attempt.ts'
import { Attempts } from './attempts.ts'
import { Channels, type ChannelsOptions } from './channels.ts'
import type { ConnectResult, NotConnected } from './connect-result.ts'
import { Endings } from './endings.ts'
import { makeConnection } from './make-connection.ts'
import { Policy } from './policy.ts'
import type { Channel, ChannelOwner, FrameTaker, Refused } from '../connection/channel.ts'
import type { Connection } from '../connection/connection.ts'
import type { Agreement } from '../handshake/handshake.ts'
import type { RefusalCode } from '../handshake/messages.ts'
import { isNodeName } from '../handshake/names.ts'
import { NameGiver } from '../names/name-giver.ts'
import { explainRefusal } from '../handshake/refusals.ts'
import type { HybridClock } from '../context/hybrid-clock.ts'
import type { Log } from '../log.ts'
import { Knocking } from '../network/knocking.ts'
import type { Address, Stream, StreamHandlers } from '../network/network.ts'
import { withoutPort } from '../network/remote.ts'
import type { AutoConnect } from '../options.ts'
import type { NodeChange, NodeDownReason, NodeEvent } from '../status/node-change.ts'
import type { NodeMonitors } from '../status/node-monitors.ts'
import type { NodeWatch } from '../status/node-watch.ts'
import type { Counters } from '../stats.ts'
import { cause } from '../wire/opcodes.ts'
import type { Party } from '../wire/parties.ts'

/** Sets of nodes, by the words of erlang:nodes/1. */
export type WhichNodes = 'visible' | 'hidden' | 'connected' | 'known' | 'this' | 'draining'

export interface PeersOptions extends ChannelsOptions {
  readonly autoConnect: AutoConnect
  /** Null: every node. */
  readonly allow: ReadonlySet<string> | null
  readonly log: Log
  readonly counters: Counters
  readonly watch: NodeWatch
  /** Null: no hybrid clock. */
  readonly clock: HybridClock | null
  readonly monitors: NodeMonitors
  /** A peer has said that it leaves. */
  peerDrains(name: string): void
  /** Where a node listens, if that can be known. */
  lookup(name: string): Promise<Address | null>
}

export class Peers implements Router, ChannelOwner {
  readonly #options: PeersOptions
  readonly #connections = new Map<string, Connection>()
  readonly #attempts: Attempts
  readonly #policy: Policy
  readonly #giver: NameGiver
  readonly #channels: Channels
  /** Accepted streams in the handshake. */
  readonly #knocking: Knocking<Channel>
  readonly #endings = new Endings()
  #port: RemotePort | null = null
  #stopping = false
  /** This node drains until then. */
  #leavesAtMs: number | null = null

  constructor(options: PeersOptions) {
    this.#options = options
    this.#knocking = new Knocking(options.limits.pendingHandshakes)
    const { runtime, self, limits, autoConnect, allow } = options
    this.#giver = new NameGiver({ runtime, limit: limits.givenNames })
    this.#policy = new Policy({
      runtime,
      self: self.name,
      autoConnect,
      allow,
      knownNodes: limits.knownNodes,
      isGiven: (name) => this.#giver.has(name),
    })
    this.#channels = new Channels(options, this, (wish) =>
      this.#giver.isFull || this.#stopping ? null : this.#giver.name(wish),
    )
    this.#attempts = new Attempts({
      runtime,
      limits,
      counters: options.counters,
      timeoutMs: options.handshakeTimeoutMs,
      self: self.name,
      lookup: options.lookup,
      dial: (name, address) => this.#channels.dial(name, address),
      hindrance: (name) => this.#policy.hindrance(name),
      standing: () => this.#connections.size,
      failed: (attempt, failure) => this.#attemptFailed(attempt, failure),
    })
  }

  /** Must be called before anything else. */
  attach(port: RemotePort): void {
    this.#port = port
  }

  get port(): RemotePort {
    return this.#port as RemotePort
  }

  /** Connected nodes, by whether the connection is hidden; or this one; or all that this one knows of. */
  names(which: WhichNodes = 'visible'): string[] {
    const own = this.#options.self.name
    if (which === 'this') return [own]
    if (which === 'known')
      return [...new Set([own, ...this.#connections.keys(), ...this.#attempts.names, ...this.#policy.known])]
    if (which === 'draining')
      return [...this.#connections].filter(([, { drainsWithinMs }]) => drainsWithinMs !== null).map(([name]) => name)
    const chosen = [...this.#connections].filter(
      ([, { isHidden }]) => which === 'connected' || isHidden === (which === 'hidden'),
    )
    return chosen.map(([name]) => name)
  }

  get pendingHandshakes(): number {
    return this.#knocking.size + this.#attempts.pendingHandshakes
  }

  route(node: string, signal: RemoteSignal, sender: AnyPid | null, isFree: boolean): Routed {
    const connection = this.#connections.get(node)
    if (connection !== undefined) return connection.send(signal, sender, isFree)
    if ((isOfItsOwn(signal) || this.#attempts.has(node)) && this.#mayConnect(node))
      return this.#attempts.make(node).queue.push(signal, sender, isFree)
    // One by one, and not as a lost peer: a connection may come up before this turn ends.
    this.#options.runtime.microtask(() => this.port.bounce(signal, 'noconnection'))
    return 'taken'
  }

  readiness(node: string, sender: AnyPid | null): Readiness {
    const connection = this.#connections.get(node)
    if (connection !== undefined) return connection.readiness(sender)
    return this.#attempts.get(node)?.queue.isBusyFor(sender) === true ? 'busy' : 'unconnected'
  }

  /** Whether a signal, or a monitor of the node, makes a connection or waits for one that is being made. */
  #mayConnect(name: string): boolean {
    return this.#attempts.has(name) || this.#policy.connectsByItself(name)
  }

  /** Settles once there is a connection, or none can be made. */
  connect(name: string): Promise<ConnectResult> {
    if (this.#connections.has(name)) return Promise.resolve({ connected: true })
    const hindrance = this.#policy.hindrance(name)
    if (hindrance !== null) return Promise.resolve(hindrance)
    this.#policy.wanted(name)
    return new Promise((resolve) => this.#attempts.make(name).outcome(resolve))
  }

  /** From the first call on, only nodes that were named are connected to, or let in. Connections that stand are not touched. */
  allow(names: readonly string[]): void {
    this.#policy.allow(names)
  }

  /**
   * The node has said that it leaves: for `forMs` nothing that is sent makes a connection to it. If it connects itself, that
   * is over; `connect` tries all the same, and it says itself that it is stopping.
   */
  drains(name: string, forMs: number): void {
    this.#policy.drains(name, forMs)
  }

  /** Whether there is no connection to the node, and nothing speaks against one. */
  isMissing(name: string): boolean {
    if (name === this.#options.self.name || this.#connections.has(name)) return false
    return this.#policy.hindrance(name) === null && !this.#policy.isDraining(name)
  }

  /** Somebody monitors the node: if it is not connected, it is now, or the monitor ends. */
  watch(name: string): void {
    if (this.#connections.has(name)) return
    if (this.#mayConnect(name)) return void this.#attempts.make(name)
    const { runtime, monitors } = this.#options
    runtime.microtask(() => {
      if (!this.#connections.has(name) && !this.#attempts.has(name)) monitors.lost(name, 'connection_setup_failed')
    })
  }

  /** False when there was no connection. */
  disconnect(name: string): boolean {
    const connection = this.#connections.get(name)
    connection?.close('disconnect', cause.disconnect)
    return connection !== undefined
  }

  #attemptFailed(attempt: Attempt, failure: NotConnected): void {
    const { name } = attempt
    const { counters, log, monitors } = this.#options
    counters.connectFailures++
    const text = `no connection to ${nameForLog(name)}: ${failure.text}`
    if (failure.why === 'busy' && !attempt.hasBegun) log('warning', 'distribution.busy', text)
    else log('info', 'distribution.connection_setup_failed', text)
    this.port.peerLost(name)
    monitors.lost(name, 'connection_setup_failed')
    attempt.finish(failure)
  }

  // — streams —

  /** Takes a stream that somebody else began. */
  accept(stream: Stream): StreamHandlers {
    const channel = this.#channels.accept(stream)
    const superfluous = this.#knocking.add(channel)
    // Not inside the call that hands the stream over: it may not be written to before that returns.
    if (superfluous !== null) this.#options.runtime.microtask(() => superfluous.refuse('busy'))
    if (this.#stopping || this.#leavesAtMs !== null) this.#options.runtime.microtask(() => channel.refuse('stopping'))
    return channel
  }

  ask(channel: Channel, agreement: Agreement): RefusalCode | null {
    const { self } = this.#options
    const { peer, granted } = agreement
    if (granted !== null) return this.#askForName(peer.name)
    const attempt = this.#attempts.get(peer.name)
    const old = this.#connections.get(peer.name) ?? null
    const verdict = admission({
      self: self.name,
      peer,
      birth: channel.birth,
      old,
      isAttempting: attempt?.channel?.hasHeard === true,
      isStopping: this.#stopping || this.#leavesAtMs !== null,
      isAllowed: this.#policy.allows(peer.name),
      isFull: attempt?.hasBegun !== true && this.#attempts.isFull,
    })
    if (verdict === 'replace') this.#replace(old as Connection, peer)
    return verdict === 'admit' || verdict === 'replace' ? null : verdict
  }

  /** A program that has no node yet wants a name. */
  #askForName(wish: string): RefusalCode | null {
    if (this.#stopping) return 'stopping'
    if (!this.#policy.allows(wish)) return 'not_allowed'
    return this.#giver.isFull ? 'busy' : null
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
    const { peer, granted } = agreement
    this.#knocking.delete(channel)
    if (granted !== null) return this.#giver.give(granted, channel, agreement)
    const attempt = this.#attempts.won(peer.name, channel)
    const { runtime, counters, watch, liveness } = this.#options
    const connection = makeConnection(this.#options, channel, agreement, this.#channels.birth(), {
      port: this.port,
      draining: (from, withinMs) => this.#peerDrains(from.peer.name, withinMs),
      down: (gone, reason) => this.#down(gone, reason),
      gone: (gone) => this.#endings.gone(gone),
    })
    const { vitals } = connection
    this.#connections.get(peer.name)?.close('replaced', cause.replaced)
    this.#connections.set(peer.name, connection)
    this.#policy.met(peer.name)
    counters.nodeups++
    // What waited goes first: those who are told may send, and must not overtake it.
    if (attempt !== undefined) connection.takeOver(attempt.queue)
    // This node may still have something to say to others while it drains; they must not come back to it either.
    if (this.#leavesAtMs !== null) connection.sayDraining(Math.max(0, this.#leavesAtMs - runtime.nowMs()))
    liveness.connected(vitals, (address) => connection.announce(address))
    // It changed while they shook hands.
    if (agreement.ownTickMs !== this.#channels.tickMs) connection.pace(this.#channels.tickMs)
    watch.tell(eventOf(connection, { type: 'nodeup', node: peer.name }))
    attempt?.finish({ connected: true })
    return connection
  }

  refused(channel: Channel, refused: Refused): void {
    const { counters, log, self } = this.#options
    this.#knocking.delete(channel)
    if (refused.by === 'self') counters.refusals++
    const attempt = this.#attempts.of(channel)
    // The peer's own connection is on its way; should it not come, ours is tried again.
    if (refused.code === 'simultaneous') return attempt?.again()
    const { level, text } = explainRefusal(refused, self.name, attempt?.name ?? null, channel.remote)
    log(level, `distribution.${refused.code ?? 'refused'}`, text, {
      remote: channel.remote,
      about: attempt?.name ?? `${refused.peer ?? 'somebody'} at ${withoutPort(channel.remote)}`,
    })
    attempt?.fail(refused.code ?? 'refused', text)
  }

  failed(channel: Channel, reason: string): void {
    const attempt = this.#attempts.of(channel)
    if (attempt !== null) return attempt.fail('unreachable', reason)
    this.#knocking.delete(channel)
    this.#options.log(
      'info',
      'distribution.handshake_abandoned',
      `somebody began a handshake and did not finish it: ${reason}`,
      { remote: channel.remote },
    )
  }

  // — the end of connections —

  #down(connection: Connection, reason: NodeDownReason): void {
    const { name } = connection.peer
    if (this.#connections.get(name) !== connection) return
    const { counters, watch, monitors, liveness } = this.#options
    this.#connections.delete(name)
    liveness.unwatch(connection.vitals)
    this.#policy.left(name)
    this.#endings.down(connection)
    counters.nodedowns++
    this.port.peerLost(name)
    monitors.lost(name, reason)
    watch.tell(eventOf(connection, { type: 'nodedown', node: name, reason }))
  }

  get all(): Iterable<Connection> {
    return this.#connections.values()
  }

  get waitingBytes(): number {
    let bytes = this.#attempts.waitingBytes
    for (const connection of this.#connections.values()) bytes += connection.waitingBytes
    return bytes
  }

  get givenNames(): number {
    return this.#giver.size
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  /** This node ticks at another interval from now on, and says so to every peer. */
  setTickMs(tickMs: number): void {
    this.#channels.tickMs = tickMs
    this.#options.liveness.retime(tickMs)
    for (const connection of this.#connections.values()) connection.pace(tickMs)
  }

  /** One interval has passed. */
  tick(): void {
    for (const connection of [...this.#connections.values()]) connection.tick()
  }

  /** Says to everybody that this node leaves within that time; from now on nobody is let in. */
  drain(withinMs: number): void {
    this.#leavesAtMs = this.#options.runtime.nowMs() + withinMs
    for (const channel of this.#knocking.all()) channel.refuse('stopping')
    for (const connection of [...this.#connections.values()]) connection.sayDraining(withinMs)
  }

  #peerDrains(name: string, withinMs: number): void {
    const { log, peerDrains } = this.#options
    this.drains(name, withinMs)
    log('info', 'distribution.draining', `${name} drains: it leaves within ${withinMs} ms.`)
    peerDrains(name)
  }

  /** Takes leave of everybody. Resolves when every stream has ended. */
  stop(): Promise<void> {
    this.#stopping = true
    this.#policy.stop()
    this.#giver.stop()
    for (const channel of this.#knocking.all()) {
      this.#knocking.delete(channel)
      channel.destroy()
    }
    for (const attempt of this.#attempts.all()) attempt.fail('stopped', 'the distribution was stopped')
    for (const connection of [...this.#connections.values()]) connection.close('net_kernel_terminated', cause.shutdown)
    return this.#endings.all()
  }
}

function eventOf(connection: Connection, change: NodeChange): NodeEvent {
  return { change, nodeType: connection.isHidden ? 'hidden' : 'visible', connectionId: connection.birth }
}

/**
 * Whether it is worth a connection. Answers, and what takes something back, belong to the connection that is gone: the peer has been told
 * of its end, and nobody who said something and left makes this node call him back.
 */
function isOfItsOwn({ op }: RemoteSignal): boolean {
  return op === 'send' || op === 'link' || op === 'exit' || op === 'monitor' || op === 'request' || op === 'spawn'
}

/** A name that somebody sends to may be anything. */
function nameForLog(name: string): string {
  return isNodeName(name) ? name : JSON.stringify(name.slice(0, 255))
}
