/**
 * A driver in the hands of a test: it gives, ends, fails, drains and closes when the test says so.
 */
import type { Driver, Output, Sink } from '../src/ports/index.ts'

export class FakeDriver implements Driver {
  readonly output: FakeOutput | null
  sink!: Sink
  /** How often it was asked; each time allows one item. */
  pulls = 0
  closes = 0
  /** What `close` returns: nothing, if it is closed at once. */
  closing: Promise<unknown> | undefined
  /** Called with each pull. */
  onPull: () => void = () => {}
  onClose: () => void = () => {}

  constructor(output: FakeOutput | null = new FakeOutput()) {
    this.output = output
  }

  start(sink: Sink): void {
    this.sink = sink
  }

  pull(): void {
    this.pulls++
    this.onPull()
  }

  close(): Promise<unknown> | void {
    this.closes++
    this.onClose()
    return this.closing
  }

  give(...items: unknown[]): void {
    for (const item of items) this.sink.item(item)
  }

  /** Answers each pull at once, with the next of these, and then with the end. */
  feed(items: Iterable<unknown>): this {
    const iterator = items[Symbol.iterator]()
    this.onPull = () => {
      const { done, value } = iterator.next()
      if (done === true) this.sink.end()
      else this.sink.item(value)
    }
    return this
  }
}

export class FakeOutput implements Output {
  isWritable = true
  waiting = 0
  readonly written: unknown[] = []
  /** Writes that it takes before it is full. */
  room: number = Infinity
  finishes = 0
  ends = true
  /** What `finish` returns. */
  finishing: Promise<void> = Promise.resolve()

  endsBy(): boolean {
    return this.ends
  }

  write(data: unknown): boolean {
    this.written.push(data)
    if (data instanceof Uint8Array || typeof data === 'string') this.waiting += data.length
    return --this.room > 0
  }

  finish(): Promise<void> {
    this.finishes++
    this.isWritable = false
    return this.finishing
  }
}
