/**
 * What there is to tell of a node: that it came, that it went and why.
 */
import type { NodeDown, NodeUp } from '@agner/core'

/**
 * Why a connection ended: the words of net_kernel where it has one.
 *
 * - `connection_closed`: the peer died, or the network failed. `disconnect`: this node did it. `shutdown`: the peer's
 *   distribution was stopped. `net_kernel_terminated`: this node's was.
 * - `drained`: the peer had said that it would leave, and has left.
 * - `connection_setup_failed`: there was none, and it could not be made; only who monitors that one node is told.
 * - `net_tick_timeout`: no sign of life. `busy_timeout`: the peer lives, and its thread was held for too long. `replaced`: the peer is there in a newer life, or came again by another
 *   connection.
 * - `bad_frame`, `frame_too_large`, `forged_origin`: the peer sent what it may not. `fault`: it says so of us.
 *   `output_overflow`: it is too slow.
 */
export type NodeDownReason =
  | 'connection_setup_failed'
  | 'connection_closed'
  | 'disconnect'
  | 'shutdown'
  | 'drained'
  | 'net_kernel_terminated'
  | 'net_tick_timeout'
  | 'busy_timeout'
  | 'replaced'
  | 'bad_frame'
  | 'frame_too_large'
  | 'forged_origin'
  | 'fault'
  | 'output_overflow'

/** What `onNodeChange` calls back with: members of the cluster only. */
export type NodeChange =
  | { readonly type: 'nodeup'; readonly node: string }
  | { readonly type: 'nodedown'; readonly node: string; readonly reason: NodeDownReason }

/** `visible`: a member of the cluster. `hidden`: the connection is, since one of the two nodes is no member. */
export type NodeType = 'visible' | 'hidden'

/** A change, and all that somebody may want to know of it. */
export interface NodeEvent {
  readonly change: NodeChange
  readonly nodeType: NodeType
  /** Differs for each connection of this node in its life. */
  readonly connectionId: number
}

export interface MonitorNodesOptions {
  /** Which nodes. Default: the visible ones, and messages do not say so. */
  readonly nodeType?: NodeType | 'all'
  /** Messages have the number of the connection: the nodeup and the nodedown of one connection have the same. */
  readonly connectionId?: boolean
}

export function isWanted({ nodeType }: NodeEvent, { nodeType: wanted = 'visible' }: MonitorNodesOptions): boolean {
  return wanted === 'all' || wanted === nodeType
}

/** The message of a subscription with `options`. */
export function messageOf(
  { change, nodeType, connectionId }: NodeEvent,
  options: MonitorNodesOptions,
): NodeUp | NodeDown {
  return {
    ...change,
    ...(options.nodeType !== undefined && { nodeType }),
    ...(options.connectionId === true && { connectionId }),
  }
}
