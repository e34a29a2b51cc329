/**
 * The side of a stream of Node.js that is written to. Its `highWaterMark` says when a writer has to wait.
 */
import type { Writable } from 'node:stream'
import type { Output } from '../driver.ts'

export class StreamOutput implements Output {
  readonly #stream: Writable
  #finishing: Promise<void> | null = null

  constructor(stream: Writable) {
    this.#stream = stream
  }

  get isWritable(): boolean {
    return this.#stream.writable
  }

  get waiting(): number {
    return this.#stream.writableLength
  }

  endsBy(_what: 'exit' | 'close'): boolean {
    return true
  }

  write(data: unknown): boolean {
    return this.#stream.write(data)
  }

  finish(): Promise<void> {
    return (this.#finishing ??= finishStream(this.#stream))
  }
}

/** Ends a stream; done when it has finished, or cannot any more. */
export function finishStream(stream: Writable): Promise<void> {
  if (stream.writableFinished || stream.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    stream.once('finish', resolve)
    stream.once('close', resolve)
    if (!stream.writableEnded) stream.end()
  })
}
