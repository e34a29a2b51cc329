/** A client's session: opened through the log, shared by all that the client has under way, opened anew when the members have dropped it. */
import type { ClientRequest } from '../../../src/raft/interface.ts'

export class Session {
  /** Null until it is opened. */
  id: string | null = null
  #sequence = 0
  /** Those that the client still wants to hear of. */
  readonly #open = new Set<number>()

  opened(id: string): void {
    this.id = id
  }

  /** Whether the group keeps as many results as there may then be: those from the oldest open one on. */
  hasRoom(results: number): boolean {
    return this.#sequence - this.#answered < results
  }

  begin(): number {
    this.#open.add(++this.#sequence)
    return this.#sequence
  }

  /** Answered, or given up: from now on a copy that comes late must be refused. */
  end(sequence: number): void {
    this.#open.delete(sequence)
  }

  get #answered(): number {
    return this.#open.size === 0 ? this.#sequence : Math.min(...this.#open) - 1
  }

  request(sequence: number): ClientRequest {
    return { session: this.id!, sequence, answered: this.#answered }
  }
}
