/**
 * A client's side of its session: which number a request has, and which of them are answered.
 *
 *     take ──► 1, 2, 3 …          settle(2) ──► nothing          settle(1) ──► all up to 2 are answered
 *
 * A request that nobody waits for any more counts as answered: it is not sent again, and a copy that is still on its way is refused from then on, if it
 * was not applied yet.
 */
export class ClientSession {
  readonly id: string
  #last = 0
  #answered = 0
  /** Settled out of turn. */
  readonly #settled = new Set<number>()

  constructor(id: string) {
    this.id = id
  }

  /** All up to here are settled. */
  get answered(): number {
    return this.#answered
  }

  /** How many results the group may have to keep for it. */
  get open(): number {
    return this.#last - this.#answered
  }

  take(): number {
    return ++this.#last
  }

  settle(sequence: number): void {
    this.#settled.add(sequence)
    while (this.#settled.delete(this.#answered + 1)) this.#answered++
  }
}
