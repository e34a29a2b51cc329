/**
 * An async iterable, a generator say: one step for each item that is asked for.
 */
import type { Driver, Sink } from '../driver.ts'

export class IterableDriver implements Driver {
  readonly output = null
  readonly #iterator: AsyncIterator<unknown>
  #sink: Sink | null = null

  constructor(iterable: AsyncIterable<unknown>) {
    this.#iterator = iterable[Symbol.asyncIterator]()
  }

  start(sink: Sink): void {
    this.#sink = sink
  }

  pull(): void {
    const sink = this.#sink
    this.#iterator.next().then(
      ({ done, value }) => (done === true ? sink?.end() : sink?.item(value)),
      (error: unknown) => sink?.fail(error),
    )
  }

  /** Runs the `finally` of a generator. One that waits for something else gets there when it has that, or never: give it `self.signal`. */
  close(): Promise<unknown> | void {
    return this.#iterator.return?.()
  }
}
