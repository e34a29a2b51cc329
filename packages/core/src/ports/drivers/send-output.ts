/**
 * A function that sends as the output of a port: what it returns a promise for is not taken before that has settled.
 */
import type { Output, Sink } from '../driver.ts'

export type Send = (data: unknown) => Promise<unknown> | void

/** Messages on their way at once before a writer has to wait. */
const windowSize = 16

export class SendOutput implements Output {
  waiting = 0
  isWritable = true
  readonly #send: Send
  readonly #close: () => Promise<void>
  #sink: Sink | null = null
  #idle: (() => void) | null = null
  #finishing: Promise<void> | null = null

  /** @param close closes in good order, after all has been sent. */
  constructor(send: Send, close: () => Promise<void>) {
    this.#send = send
    this.#close = close
  }

  start(sink: Sink): void {
    this.#sink = sink
  }

  endsBy(): boolean {
    return true
  }

  write(data: unknown): boolean {
    const sending = this.#send(data)
    if (sending === undefined) return true
    this.waiting++
    sending.then(
      () => this.#taken(),
      (error: unknown) => {
        this.isWritable = false
        this.#sink?.fail(error)
        this.#taken()
      },
    )
    return this.waiting < windowSize
  }

  finish(): Promise<void> {
    this.isWritable = false
    return (this.#finishing ??= this.#allSent().then(this.#close))
  }

  #taken(): void {
    this.waiting--
    if (this.waiting < windowSize) this.#sink?.drained()
    if (this.waiting === 0) this.#idle?.()
  }

  #allSent(): Promise<void> {
    if (this.waiting === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle = resolve
    })
  }
}
