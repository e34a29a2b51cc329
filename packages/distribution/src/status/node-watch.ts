/**
 * Who wants to know which nodes come and go (net_kernel:monitor_nodes/2).
 *
 * nodeup is told after `nodes()` shows the node and before any signal of the connection; nodedown after all its
 * signals, after every link and monitor over it has failed with `noconnection`, and after `nodes()` has dropped it; the
 * nodedown of an old connection before the nodeup of a new one. A process is told as often as it has subscribed, by each
 * subscription as its options say, until it is dead.
 */
import type { AnyPid, Node, NodeDown, NodeUp, Pid } from '@agner/core'
import { onDeath, stackOf } from '@agner/core/kernel'
import { isWanted, messageOf, type MonitorNodesOptions, type NodeChange, type NodeEvent } from './node-change.ts'

/** Subscriptions of one process with the same options. */
interface Subscription {
  readonly options: MonitorNodesOptions
  count: number
}

interface Subscriber {
  readonly subscriptions: Map<string, Subscription>
  /** Its death is of no interest any more. */
  letGo(): void
}

export class NodeWatch {
  readonly #node: Node
  readonly #subscribers = new Map<AnyPid, Subscriber>()
  readonly #callbacks = new Set<(change: NodeChange) => void>()

  constructor(node: Node) {
    this.#node = node
  }

  /** Processes with a subscription. */
  get size(): number {
    return this.#subscribers.size
  }

  /** Does nothing for a process that is dead, or of another node. */
  subscribe(pid: AnyPid, options: MonitorNodesOptions = {}): void {
    const { subscriptions } = this.#subscribers.get(pid) ?? this.#begin(pid) ?? {}
    const key = keyOf(options)
    const known = subscriptions?.get(key)
    if (known === undefined) subscriptions?.set(key, { options: { ...options }, count: 1 })
    else known.count++
  }

  #begin(pid: AnyPid): Subscriber | null {
    const letGo = onDeath(this.#node, pid, this.#forget)
    if (letGo === null) return null
    const subscriber: Subscriber = { subscriptions: new Map(), letGo }
    this.#subscribers.set(pid, subscriber)
    return subscriber
  }

  /** Ends all its subscriptions with the same options. */
  unsubscribe(pid: AnyPid, options: MonitorNodesOptions = {}): void {
    const own = this.#subscribers.get(pid)
    own?.subscriptions.delete(keyOf(options))
    if (own?.subscriptions.size !== 0) return
    own.letGo()
    this.#subscribers.delete(pid)
  }

  /** Ends all of them. */
  close(): void {
    for (const { letGo } of this.#subscribers.values()) letGo()
    this.#subscribers.clear()
    this.#callbacks.clear()
  }

  readonly #forget = (pid: AnyPid): void => void this.#subscribers.delete(pid)

  onChange(callback: (change: NodeChange) => void): () => void {
    // Wrapped, so that one function can be given twice and taken back once.
    const own = (change: NodeChange): void => callback(change)
    this.#callbacks.add(own)
    return () => void this.#callbacks.delete(own)
  }

  tell(event: NodeEvent): void {
    for (const [pid, { subscriptions }] of [...this.#subscribers])
      for (const { options, count } of subscriptions.values()) {
        if (!isWanted(event, options)) continue
        const message = messageOf(event, options)
        for (let i = 0; i < count; i++) this.#node.send(pid as Pid<NodeUp | NodeDown>, message)
      }
    if (event.nodeType === 'hidden') return
    for (const callback of [...this.#callbacks]) {
      try {
        callback(event.change)
      } catch (error) {
        const text = `a callback of onNodeChange failed: ${stackOf(error)}`
        this.#node.report({ type: 'notice', level: 'error', source: 'distribution', text })
      }
    }
  }
}

/** The same for the same set of options. */
function keyOf({ nodeType, connectionId = false }: MonitorNodesOptions): string {
  return `${String(nodeType)} ${String(connectionId)}`
}
