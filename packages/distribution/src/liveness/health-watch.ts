/**
 * Who wants to know which peers are suspect.
 *
 * A peer that becomes suspect is told once, and once that it is heard again, before any signal that it sends then. One that goes
 * down is told by nodedown alone.
 */
import type { AnyPid, Node, NodeRecovered, NodeSuspect, Pid } from '@agner/core'
import { stackOf } from '@agner/core/kernel'

export type HealthChange = NodeSuspect | NodeRecovered

export class HealthWatch {
  readonly #node: Node
  readonly #subscribers = new Set<AnyPid>()
  readonly #callbacks = new Set<(change: HealthChange) => void>()
  /** Dead subscribers are looked for when there are this many. */
  #sweepAt = 64

  constructor(node: Node) {
    this.#node = node
  }

  subscribe(pid: AnyPid): void {
    this.#subscribers.add(pid)
    if (this.#subscribers.size < this.#sweepAt) return
    for (const each of this.#subscribers) if (!this.#node.isAlive(each)) this.#subscribers.delete(each)
    this.#sweepAt = Math.max(64, this.#subscribers.size * 2)
  }

  unsubscribe(pid: AnyPid): void {
    this.#subscribers.delete(pid)
  }

  onChange(callback: (change: HealthChange) => void): () => void {
    const own = (change: HealthChange): void => callback(change)
    this.#callbacks.add(own)
    return () => void this.#callbacks.delete(own)
  }

  tell(change: HealthChange): void {
    for (const pid of [...this.#subscribers]) {
      if (this.#node.isAlive(pid)) this.#node.send(pid as Pid<HealthChange>, change)
      else this.#subscribers.delete(pid)
    }
    for (const callback of [...this.#callbacks]) {
      try {
        callback(change)
      } catch (error) {
        const text = `a callback of onHealthChange failed: ${stackOf(error)}`
        this.#node.report({ type: 'notice', level: 'error', source: 'distribution', text })
      }
    }
  }
}
