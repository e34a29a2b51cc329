/**
 * What DNS has said so far, and which nodes follow from it. Pure.
 *
 * Each question has an answer of its own: when one fails, its last answer stands for `keepMs`, so that a server that is away,
 * or answers half of the questions, takes no node off the list. An answer that there is nothing does.
 */
import { isNodeName } from '../../handshake/names.ts'
import type { Address } from '../../network/network.ts'

export type Question = 'srv' | 'a' | 'aaaa'

interface Answer {
  readonly found: readonly Address[]
  readonly atMs: number
}

export interface AnswersOptions {
  readonly keepMs: number
  readonly limit: number
  /** The node that listens there; null if there is none. */
  nameOf(found: Address): string | null
}

export class Answers {
  readonly #options: AnswersOptions
  readonly #answers = new Map<Question, Answer>()
  #nodes = new Map<string, Address>()

  constructor(options: AnswersOptions) {
    this.#options = options
  }

  answered(question: Question, found: readonly Address[], nowMs: number): void {
    this.#answers.set(question, { found: found.filter(isUsable).slice(0, this.#options.limit), atMs: nowMs })
  }

  /** Null: there is no answer that could still stand. */
  failed(question: Question, nowMs: number): 'kept' | 'dropped' | null {
    const last = this.#answers.get(question)
    if (last === undefined) return null
    if (nowMs - last.atMs < this.#options.keepMs) return 'kept'
    this.#answers.delete(question)
    return last.found.length === 0 ? null : 'dropped'
  }

  /** Takes stock. True if there are other nodes than before, or elsewhere. */
  settle(): boolean {
    const nodes = new Map<string, Address>()
    for (const { found } of this.#answers.values())
      for (const address of found) {
        const name = this.#options.nameOf(address)
        if (name !== null && isNodeName(name) && !nodes.has(name)) nodes.set(name, address)
      }
    const before = this.#nodes
    this.#nodes = nodes
    return nodes.size !== before.size || [...nodes].some(([name, at]) => !isSame(before.get(name), at))
  }

  get nodes(): ReadonlyMap<string, Address> {
    return this.#nodes
  }
}

/** A target "." says that the service is not to be had. */
function isUsable({ host, port }: Address): boolean {
  return host !== '' && host !== '.' && Number.isInteger(port) && port > 0 && port <= 65_535
}

function isSame(one: Address | undefined, other: Address): boolean {
  return one?.host === other.host && one.port === other.port
}
