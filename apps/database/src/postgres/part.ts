/**
 * What this node knows of the messages in PostgreSQL, and what it says of itself: changed by those who ask PostgreSQL, without any I/O.
 */
import type { DatabaseStatus } from '@agner-chat/cluster/status'
import type { PostgresError } from './errors.ts'

/** As PostgreSQL says it. */
export interface Seen {
  /** The node that may write; null for none. */
  readonly leader: string | null
  /** The token of the newest claim, 0 before the first. */
  readonly token: number
  /** The newest message, 0 for none. */
  readonly newest: number
}

export type Say = (level: 'notice' | 'warning', line: string) => void

export class PostgresPart {
  readonly #node: string
  readonly #place: string
  readonly #say: Say
  #seen: Seen = { leader: null, token: 0, newest: 0 }
  #trouble: PostgresError['code'] | null = null
  #served: symbol | null = null

  /** @param say what people should know: once, not at each attempt. */
  constructor(node: string, place: string, say: Say) {
    this.#node = node
    this.#place = place
    this.#say = say
  }

  /** PostgreSQL answered. */
  saw(seen: Seen): void {
    this.#seen = seen
    this.works()
  }

  works(): void {
    if (this.#trouble !== null) this.#say('notice', `PostgreSQL at ${this.#place} can be used again`)
    this.#trouble = null
  }

  fails({ code, message }: PostgresError): void {
    if (this.#trouble !== code) this.#say('warning', message)
    this.#trouble = code
  }

  /** The server of the messages runs here until what this returns is called. @param token of its claim */
  serves(token: number): () => void {
    const life = Symbol('serving')
    this.#served = life
    this.#seen = { ...this.#seen, leader: this.#node, token: Math.max(token, this.#seen.token) }
    return () => {
      if (this.#served === life) this.#served = null
    }
  }

  status(): DatabaseStatus {
    const { token, newest } = this.#seen
    const isServing = this.#served !== null
    // Who may write is in PostgreSQL: while that cannot be asked, nobody knows.
    const leader = isServing ? this.#node : this.#trouble === null ? this.#seen.leader : null
    const role = isServing ? 'leader' : leader === null ? 'candidate' : 'follower'
    // There are no copies that could be behind: everything is in one place.
    const copies = { committed: newest, applied: newest, lag: 0 }
    const serves = isServing && this.#trouble === null ? 'readsAndWrites' : 'nothing'
    return { role, term: token, leader, ...copies, serves }
  }
}
