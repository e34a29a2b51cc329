/** Connections that are down, and whose streams still end: what was sent last is on its way out. */
import type { Connection } from '../connection/connection.ts'

export class Endings {
  readonly #ending = new Set<Connection>()
  #waiting: (() => void)[] = []

  down(connection: Connection): void {
    this.#ending.add(connection)
  }

  gone(connection: Connection): void {
    this.#ending.delete(connection)
    if (this.#ending.size > 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const done of waiting) done()
  }

  /** Resolves when there is none. */
  all(): Promise<void> {
    if (this.#ending.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
