/**
 * Who wants to know which nodes come and go.
 *
 * nodeup is told after `nodes()` shows the node and before any signal of the connection; nodedown after all its
 * signals, after every link and monitor over it has failed with `noconnection`, and after `nodes()` has dropped it
 * (net_kernel:monitor_nodes/2).
 */
import type { AnyPid, Node, NodeDown, NodeUp, Pid } from '@agner/core'

/**
 * Why a connection ended: the words of net_kernel where it has one.
 *
 * - `connection_closed`: the peer died, or the network failed. `disconnect`: this node did it. `shutdown`: the peer's
 *   distribution was stopped. `stopped`: this node's was.
 * - `net_tick_timeout`: no sign of life. `replaced`: the peer is there in a newer life, or came again by another
 *   connection.
 * - `bad_frame`, `frame_too_large`, `forged_origin`: the peer sent what it may not. `fault`: it says so of us.
 *   `output_overflow`: it is too slow.
 */
export type NodeDownReason =
  | 'connection_closed'
  | 'disconnect'
  | 'shutdown'
  | 'stopped'
  | 'net_tick_timeout'
  | 'replaced'
  | 'bad_frame'
  | 'frame_too_large'
  | 'forged_origin'
  | 'fault'
  | 'output_overflow'

export type NodeChange =
  | { readonly type: 'nodeup'; readonly node: string }
  | { readonly type: 'nodedown'; readonly node: string; readonly reason: NodeDownReason }

export class NodeWatch {
  readonly #node: Node
  /** How often each process has subscribed: it gets as many messages. */
  readonly #subscribers = new Map<AnyPid, number>()
  readonly #callbacks = new Set<(change: NodeChange) => void>()
  /** Dead subscribers are looked for when there are this many. */
  #sweepAt = 64

  constructor(node: Node) {
    this.#node = node
  }

  subscribe(pid: AnyPid): void {
    this.#subscribers.set(pid, (this.#subscribers.get(pid) ?? 0) + 1)
    if (this.#subscribers.size < this.#sweepAt) return
    for (const each of this.#subscribers.keys()) if (!this.#node.isAlive(each)) this.#subscribers.delete(each)
    this.#sweepAt = Math.max(64, this.#subscribers.size * 2)
  }

  /** Ends all its subscriptions. */
  unsubscribe(pid: AnyPid): void {
    this.#subscribers.delete(pid)
  }

  onChange(callback: (change: NodeChange) => void): () => void {
    // Wrapped, so that one function can be given twice and taken back once.
    const own = (change: NodeChange): void => callback(change)
    this.#callbacks.add(own)
    return () => void this.#callbacks.delete(own)
  }

  tell(change: NodeChange): void {
    for (const [pid, count] of [...this.#subscribers]) {
      if (!this.#node.isAlive(pid)) this.#subscribers.delete(pid)
      else for (let i = 0; i < count; i++) this.#node.send(pid as Pid<NodeUp | NodeDown>, change)
    }
    for (const callback of [...this.#callbacks]) {
      try {
        callback(change)
      } catch (error) {
        const text = `a callback of onNodeChange failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
        this.#node.report({ type: 'notice', level: 'error', source: 'distribution', text })
      }
    }
  }
}
