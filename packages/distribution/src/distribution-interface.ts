/** A node's distribution, as its owner sees it. */
import type { AnyPid, Node } from '@agner/core'
import type { DistributionClock } from './context/hybrid-clock.ts'
import type { DrainOptions } from './distribution-options.ts'
import type { HealthChange } from './liveness/health-watch.ts'
import type { DistributionStatus } from './liveness/peer-status.ts'
import type { Address } from './network/network.ts'
import type { ConnectResult } from './peers/connect-result.ts'
import type { WhichNodes } from './peers/peers.ts'
import type { DistributionStats } from './stats.ts'
import type { MonitorNodesOptions, NodeChange } from './status/node-change.ts'

export interface Distribution {
  readonly node: Node
  /** Its hybrid logical clock, if it is on. */
  readonly clock: DistributionClock | null
  /** Where this node listens, with the port that was taken; null if it does not. */
  readonly listenAddress: Address | null
  /** Whether this node connects to whom its neighbours are connected to; what keeps meshes asks for it. */
  readonly connectAll: boolean
  /**
   * Connects, if there is no connection yet. False: it cannot be made; the log says why, and so does `tryConnect`. Sending
   * connects by itself, as `autoConnect` has it. To itself a node is always connected (net_kernel:connect_node/1).
   */
  connect(name: string): Promise<boolean>
  /**
   * As `connect`; says why there is no connection. A distribution that is stopped says `stopped` (`ignored` of
   * net_kernel:connect_node/1).
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
