/** Who is told of peers that say that they leave. */
import type { Node } from '@agner/core'
import { stackOf } from '@agner/core/kernel'

export class DrainWatch {
  readonly #node: Node
  readonly #callbacks = new Set<(node: string) => void>()

  constructor(node: Node) {
    this.#node = node
  }

  /** Returns what ends it. */
  on(callback: (node: string) => void): () => void {
    // Wrapped, so that one function can be given twice and taken back once.
    const own = (node: string): void => callback(node)
    this.#callbacks.add(own)
    return () => void this.#callbacks.delete(own)
  }

  tell(peer: string): void {
    for (const callback of [...this.#callbacks]) {
      try {
        callback(peer)
      } catch (error) {
        const text = `a callback of onNodeDraining failed: ${stackOf(error)}`
        this.#node.report({ type: 'notice', level: 'error', source: 'distribution', text })
      }
    }
  }
}
