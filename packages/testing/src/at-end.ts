/**
 * What must not outlive this process is closed at its end: when it exits, and when it gets a signal that ends it. Only kill -9 is the end of it
 * alone.
 */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
type Signal = (typeof signals)[number]

/** One for all that is to be closed, so that there is one listener of each kind. */
export class AtEnd {
  readonly #raise: (signal: Signal) => void
  readonly #open = new Set<() => void>()

  /** @param raise sends this process a signal. */
  constructor(raise: (signal: Signal) => void) {
    this.#raise = raise
  }

  /** `close` is called at the end, unless what is returned was called before. */
  add(close: () => void): () => void {
    if (this.#open.size === 0) this.#listen()
    this.#open.add(close)
    return () => {
      if (this.#open.delete(close) && this.#open.size === 0) this.#unlisten()
    }
  }

  #listen(): void {
    process.on('exit', this.#closeAll)
    // Before the others: some of them end the process at once, if nobody else listens.
    for (const signal of signals) process.prependListener(signal, this.#signalled)
  }

  #unlisten(): void {
    process.off('exit', this.#closeAll)
    for (const signal of signals) process.off(signal, this.#signalled)
  }

  readonly #closeAll = (): void => {
    for (const close of [...this.#open]) close()
  }

  readonly #signalled = (signal: NodeJS.Signals): void => {
    // Gone before the others are asked, so that all is as if this had never listened: if they do, the rest is theirs; if none does, the signal ends
    // the process as it would have.
    this.#unlisten()
    const open = [...this.#open]
    this.#open.clear()
    for (const close of open) close()
    if (process.listenerCount(signal) === 0) this.#raise(signal as Signal)
  }
}
