/**
 * Processes that monitor one node each by name (erlang:monitor_node/2).
 *
 * Counted: who has asked twice is told twice, and each is told once only. A node that is lost, or cannot be connected to,
 * ends all monitors of it; they are told after every link and process monitor over the connection has failed, and before
 * those who watch all nodes. A process takes its monitors with it when it dies.
 */
import type { AnyPid, Node, NodeDown, Pid } from '@agner/core'
import { onDeath } from '@agner/core/kernel'
import { distributionError } from '../errors.ts'
import type { NodeDownReason } from './node-change.ts'

export class NodeMonitors {
  readonly #node: Node
  readonly #limit: number
  /** By node, who watches it and how often. */
  readonly #watchers = new Map<string, Map<AnyPid, number>>()
  /** By process, the nodes that it watches, and what takes back the interest in its death. */
  readonly #watched = new Map<AnyPid, { readonly names: Set<string>; letGo(): void }>()
  #pairs = 0

  constructor(node: Node, limit: number) {
    this.#node = node
    this.#limit = limit
  }

  /** Pairs of a process and a node that it watches. */
  get size(): number {
    return this.#pairs
  }

  /**
   * False for a process that is dead, or of another node.
   *
   * @throws `distribution.too_many_node_monitors`
   */
  add(pid: AnyPid, name: string): boolean {
    const watchers = this.#watchers.get(name)
    const count = watchers?.get(pid)
    if (watchers !== undefined && count !== undefined) {
      watchers.set(pid, count + 1)
      return true
    }
    if (this.#pairs >= this.#limit)
      throw distributionError('distribution.too_many_node_monitors', { limit: this.#limit })
    if (!this.#watched.has(pid)) {
      const letGo = onDeath(this.#node, pid, this.#forget)
      if (letGo === null) return false
      this.#watched.set(pid, { names: new Set(), letGo })
    }
    this.#watched.get(pid)?.names.add(name)
    if (watchers === undefined) this.#watchers.set(name, new Map([[pid, 1]]))
    else watchers.set(pid, 1)
    this.#pairs++
    return true
  }

  /** One of its monitors of the node ends. False if it has none. */
  remove(pid: AnyPid, name: string): boolean {
    const count = this.#watchers.get(name)?.get(pid)
    if (count === undefined) return false
    if (count === 1) this.#end(pid, name)
    else this.#watchers.get(name)?.set(pid, count - 1)
    return true
  }

  /** The node is lost, or there is no way to it. */
  lost(name: string, reason: NodeDownReason): void {
    const message: NodeDown = { type: 'nodedown', node: name, reason }
    for (const [pid, count] of [...(this.#watchers.get(name) ?? [])]) {
      this.#end(pid, name)
      for (let i = 0; i < count; i++) this.#node.send(pid as Pid<NodeDown>, message)
    }
  }

  /** Ends all of them; nobody is told. */
  close(): void {
    for (const pid of [...this.#watched.keys()]) this.#forget(pid)
  }

  #end(pid: AnyPid, name: string): void {
    const watchers = this.#watchers.get(name)
    if (watchers?.delete(pid) !== true) return
    this.#pairs--
    if (watchers.size === 0) this.#watchers.delete(name)
    const watched = this.#watched.get(pid)
    watched?.names.delete(name)
    if (watched?.names.size !== 0) return
    watched.letGo()
    this.#watched.delete(pid)
  }

  readonly #forget = (pid: AnyPid): void => {
    for (const name of [...(this.#watched.get(pid)?.names ?? [])]) this.#end(pid, name)
  }
}
