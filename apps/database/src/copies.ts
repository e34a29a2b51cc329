/**
 * The copies of the messages, for when nobody serves: which of them may be read then.
 *
 * Only when a copy says that it serves reads alone, and none says that it serves all. As long as the messages merely change their node, whoever
 * reads waits: a copy may lack what was acknowledged a moment ago.
 */
import { call } from '@agner/behaviours'
import type { Node } from '@agner/core'
import { replica, type ReplicaStatus } from './log/replica.api.ts'

const askTimeoutMs = 500
/** What was heard is good for so long: many may want to know at once. */
const freshForMs = 200

export class Copies {
  readonly #nodes: readonly string[]
  readonly #node: Node
  #asked: Promise<string | null> = Promise.resolve(null)
  #askedAtMs = -Infinity

  constructor(node: Node, nodes: readonly string[]) {
    this.#node = node
    this.#nodes = nodes
  }

  /** The node whose copy is to be read since nothing can be stored; null when that is not so, or nobody says it. Never rejects. */
  readable(): Promise<string | null> {
    const nowMs = this.#node.runtime.nowMs()
    if (nowMs - this.#askedAtMs < freshForMs) return this.#asked
    this.#askedAtMs = nowMs
    this.#asked = this.#ask()
    return this.#asked
  }

  /** The node asks: a process that ends would leave the others waiting who share the answer. */
  async #ask(): Promise<string | null> {
    const heard = await Promise.all(
      this.#nodes.map(async (node): Promise<{ node: string; status: ReplicaStatus } | null> => {
        const at = replica.at({ name: replica.module, node })
        const status = await call(this.#node, at, 'status', undefined, { timeoutMs: askTimeoutMs }).catch(() => null)
        return status === null ? null : { node, status }
      }),
    )
    const copies = heard.filter((one) => one !== null)
    if (copies.some(({ status }) => status.serves === 'readsAndWrites')) return null
    const readable = copies.filter(({ status }) => status.serves === 'reads' && status.isWhole)
    readable.sort((a, b) => b.status.lastId - a.status.lastId)
    return readable[0]?.node ?? null
  }
}
