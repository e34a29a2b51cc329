/**
 * The log's files: one JSON object a line, in a file that is rotated by size, the oldest removed.
 */
import { once } from 'node:events'
import { pino, type Logger } from 'pino'
import { createStream, type RotatingFileStream } from 'rotating-file-stream'
import type { LogEvent } from '@agner-chat/cluster/log'

export class EventFiles implements AsyncDisposable {
  readonly #stream: RotatingFileStream
  readonly #logger: Logger

  /** @param folder made if it is not there. */
  constructor(folder: string) {
    this.#stream = createStream('events.jsonl', { path: folder, size: '10M', maxFiles: 10 })
    // The event says itself when and where it was; pino's own stamps would be those of this process.
    this.#logger = pino(
      { base: null, timestamp: false, level: 'debug', formatters: { level: (level) => ({ level }) } },
      this.#stream,
    )
  }

  write(events: readonly LogEvent[]): void {
    for (const { level, ...event } of events) this.#logger[level === 'warning' ? 'warn' : level](event)
  }

  /** Told when the disk refuses. */
  onError(listener: (error: Error) => void): void {
    this.#stream.on('error', listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stream.writableFinished) return
    this.#stream.end()
    await once(this.#stream, 'finish')
  }
}
