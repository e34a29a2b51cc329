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
    void this.#step()
  }

  /** An iterator that does not keep to the protocol, and gives what is no step, has failed like one that throws. */
  async #step(): Promise<void> {
    try {
      const { done, value } = await this.#iterator.next()
      if (done === true) this.#sink?.end()
      else this.#sink?.item(value)
    } catch (error) {
      this.#sink?.fail(error)
    }
  }

  /** Runs the `finally` of a generator. One that waits for something else gets there when it has that, or never: give it `self.signal`. */
  close(): Promise<unknown> | void {
    const returned: unknown = this.#iterator.return?.()
    return returned === undefined ? undefined : Promise.resolve(returned)
  }
}
