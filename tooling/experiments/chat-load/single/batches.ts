/** Messages that come in one turn of the event loop share a transaction, and so one sync of the disk. */
import type { Appended, NewMessage, Store } from './store.ts'

interface Waiting {
  readonly message: NewMessage
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: unknown) => void
}

export class Batches {
  readonly #store: Store
  #waiting: Waiting[] = []

  constructor(store: Store) {
    this.#store = store
  }

  /** Resolves when the message is on disk. */
  append(message: NewMessage): Promise<Appended> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#write())
      this.#waiting.push({ message, resolve, reject })
    })
  }

  #write(): void {
    const batch = this.#waiting
    this.#waiting = []
    try {
      const results = this.#store.append(batch.map(({ message }) => message))
      for (const [index, { resolve }] of batch.entries()) resolve(results[index]!)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}
