/**
 * Web streams: a readable one, a writable one, or a pair of them, as `fetch`, `TransformStream` and others give.
 */
import type { ReadableStream, ReadableStreamDefaultReader } from 'node:stream/web'
import type { WritableStream, WritableStreamDefaultWriter } from 'node:stream/web'
import { heard } from '../../kernel/heard.ts'
import type { Driver, Output, Sink } from '../driver.ts'
import { toBytes } from '../isolation.ts'

export interface WebPair<T = unknown> {
  readonly readable?: ReadableStream<T>
  readonly writable?: WritableStream
}

export class WebDriver implements Driver {
  readonly output: WebOutput | null
  readonly #reader: ReadableStreamDefaultReader | null
  #sink: Sink | null = null

  /** @throws TypeError if a stream is locked: somebody else reads or writes it. */
  constructor({ readable, writable }: WebPair) {
    this.#reader = readable?.getReader() ?? null
    this.output = writable === undefined ? null : new WebOutput(writable.getWriter())
  }

  start(sink: Sink): void {
    this.#sink = sink
    const fail = (error: unknown): void => sink.fail(error)
    this.#reader?.closed.catch(fail)
    this.output?.start(sink)
    if (this.#reader === null) this.output?.closed.then(() => sink.gone(), fail)
  }

  pull(): void {
    const sink = this.#sink
    this.#reader
      ?.read()
      .then(({ done, value }) => (done ? sink?.end() : sink?.item(value)))
      .catch((error: unknown) => sink?.fail(error))
  }

  close(): Promise<unknown> {
    return Promise.allSettled([this.#reader?.cancel(), this.output?.abort()])
  }
}

class WebOutput implements Output {
  waiting = 0
  isWritable = true
  readonly #writer: WritableStreamDefaultWriter
  #sink: Sink | null = null
  #finishing: Promise<void> | null = null

  constructor(writer: WritableStreamDefaultWriter) {
    this.#writer = writer
  }

  get closed(): Promise<unknown> {
    return this.#writer.closed
  }

  start(sink: Sink): void {
    this.#sink = sink
    this.#writer.closed.catch((error: unknown) => this.#failed(error))
    void heard(this.#writer.ready)
  }

  endsBy(): boolean {
    return true
  }

  write(data: unknown): boolean {
    const writer = this.#writer
    const size = toBytes(data)?.length ?? (typeof data === 'string' ? data.length : 1)
    this.waiting += size
    const taken = (): void => void (this.waiting -= size)
    writer.write(data).then(taken, (error: unknown) => this.#failed(error))
    if ((writer.desiredSize ?? 0) > 0) return true
    writer.ready.then(
      () => this.#sink?.drained(),
      (error: unknown) => this.#failed(error),
    )
    return false
  }

  finish(): Promise<void> {
    this.isWritable = false
    return (this.#finishing ??= this.#writer.close().catch(() => {}))
  }

  async abort(): Promise<void> {
    // A stream that was closed in good order has nothing to abort.
    if (this.isWritable || this.waiting > 0) await this.#writer.abort()
  }

  #failed(error: unknown): void {
    this.isWritable = false
    this.#sink?.fail(error)
  }
}
