/**
 * An emitter of events, a WebSocket say, as a source of messages. It speaks unasked: it is paused between two items if it can be, and what it
 * says all the same waits here, up to a limit.
 */
import { coreError } from '../../errors.ts'
import type { Driver, Sink } from '../driver.ts'
import type { SendOutput } from './send-output.ts'

/** The emitter with its events, however it spells them. */
export interface EventSource {
  /** Starts to listen; returns what stops it. */
  listen(event: string, heard: (...values: unknown[]) => void): () => void
  /** Null if it cannot be paused. */
  readonly flow: { pause(): void; resume(): void } | null
  /** Closes it in good order; null if it cannot be closed. */
  readonly close: (() => void) | null
  /** Closes it at once. */
  readonly cut: (() => void) | null
  /** Whether its last event has come already. */
  readonly isClosed: boolean
}

export interface EventNames {
  readonly data: string
  readonly error: string | null
  readonly closed: string | null
}

export class EventsDriver implements Driver {
  output: SendOutput | null = null
  readonly #source: EventSource
  readonly #names: EventNames
  readonly #toItem: (...values: unknown[]) => unknown
  readonly #limit: number
  readonly #waiting: unknown[] = []
  readonly #stops: (() => void)[] = []
  #sink: Sink | null = null
  #asked = false
  #isClosed = false
  readonly #closers: (() => void)[] = []

  constructor(source: EventSource, names: EventNames, toItem: (...values: unknown[]) => unknown, limit: number) {
    this.#source = source
    this.#names = names
    this.#toItem = toItem
    this.#limit = limit
  }

  start(sink: Sink): void {
    this.#sink = sink
    this.output?.start(sink)
    const { data, error, closed } = this.#names
    this.#stops.push(this.#source.listen(data, (...values) => this.#said(values)))
    // This one stays: an error that comes later must not end the program.
    if (error !== null) this.#source.listen(error, (value) => sink.fail(value))
    if (closed !== null) this.#stops.push(this.#source.listen(closed, () => this.#closed()))
    if (this.#source.isClosed) this.#closed()
    else this.#source.flow?.pause()
  }

  pull(): void {
    if (this.#waiting.length > 0) return this.#sink?.item(this.#waiting.shift())
    if (this.#isClosed) return this.#sink?.end()
    this.#asked = true
    this.#source.flow?.resume()
  }

  /** Closes it in good order, for the output. */
  finish(): Promise<void> {
    if (this.#isClosed || this.#source.close === null) return Promise.resolve()
    const closed = this.#untilClosed()
    this.#source.close()
    return closed
  }

  close(): Promise<unknown> | void {
    this.#waiting.length = 0
    if (this.#isClosed || this.#source.cut === null) return this.#stop()
    const closed = this.#names.closed === null ? null : this.#untilClosed()
    this.#source.cut()
    if (closed === null) return this.#stop()
    // A source that is paused may never come to its end.
    this.#source.flow?.resume()
    return closed.then(() => this.#stop())
  }

  /** Done when the source says that it is closed; at once if it never says so. */
  #untilClosed(): Promise<void> {
    if (this.#isClosed || this.#names.closed === null) return Promise.resolve()
    return new Promise((resolve) => void this.#closers.push(resolve))
  }

  #said(values: unknown[]): void {
    const sink = this.#sink
    if (sink === null) return
    let item: unknown
    try {
      item = this.#toItem(...values)
    } catch (error) {
      return sink.fail(error)
    }
    if (this.#asked) {
      this.#asked = false
      sink.item(item)
      this.#rest()
    } else if (this.#waiting.length >= this.#limit) sink.fail(coreError('port.overflow', { limit: this.#limit }))
    else this.#waiting.push(item)
  }

  /** Nobody asks for more. */
  #rest(): void {
    if (this.#asked || this.#isClosed) return
    try {
      this.#source.flow?.pause()
    } catch (error) {
      this.#sink?.fail(error)
    }
  }

  #closed(): void {
    this.#isClosed = true
    for (const closer of this.#closers.splice(0)) closer()
    // What waits here is still read: then the end comes with the pull that finds nothing.
    if (this.#waiting.length === 0) this.#sink?.end()
  }

  #stop(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }
}
