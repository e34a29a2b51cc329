/**
 * The log's files: one JSON object a line, in a file that is rotated by size, the oldest removed.
 */
import { once } from 'node:events'
import { isLevel, levels } from '@agner/behaviours'
import { pino, type Logger } from 'pino'
import { createStream, type RotatingFileStream } from 'rotating-file-stream'
import type { LogEvent, LogLevel } from '@agner-chat/cluster/log'

/** Higher is graver for pino. */
const customLevels = Object.fromEntries(levels.map((level, index) => [level, (levels.length - index) * 10])) as Record<
  LogLevel,
  number
>

export class EventFiles implements AsyncDisposable {
  readonly #stream: RotatingFileStream
  readonly #logger: Logger<LogLevel, true>

  /** @param folder made if it is not there. */
  constructor(folder: string) {
    this.#stream = createStream('events.jsonl', { path: folder, size: '10M', maxFiles: 10 })
    // The event says itself when and where it was; pino's own stamps would be those of this process.
    this.#logger = pino(
      {
        base: null,
        timestamp: false,
        customLevels,
        useOnlyCustomLevels: true,
        level: 'debug',
        formatters: { level: (level) => ({ level }) },
      },
      this.#stream,
    )
  }

  write(events: readonly LogEvent[]): void {
    for (const { level, ...event } of events) this.#logger[isLevel(level) ? level : 'notice'](event)
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
