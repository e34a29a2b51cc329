/**
 * The log's files: one JSON object a line, in a file that is rotated by size, the oldest removed.
 *
 *     events ──► pino ──► stream ──► disk
 *                           └── it fails ──► what it had, and what comes, is dropped and counted ──(a while)──► another stream
 *
 * A disk that refuses is no reason to end: the log goes on for those who subscribed, and says once that its files do not, and once that they do again.
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

/** Between two attempts to open what could not be written. */
const reopenAfterMs = 2000

export interface EventFilesOptions {
  /** Told once when the disk refuses, and once when it no longer does. */
  readonly say: (level: 'error' | 'notice', text: string) => void
  /** A clock that never goes back. */
  readonly nowMs: () => number
}

export class EventFiles implements AsyncDisposable {
  readonly #folder: string
  readonly #options: EventFilesOptions
  readonly #logger: Logger<LogLevel, true>
  /** Null: the last one has failed. */
  #stream: RotatingFileStream | null
  #failedAtMs = 0
  #isInTrouble = false
  #dropped = 0

  /** @param folder made if it is not there. */
  constructor(folder: string, options: EventFilesOptions) {
    this.#folder = folder
    this.#options = options
    this.#stream = this.#open()
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
      { write: (line) => this.#write(line) },
    )
  }

  /** Events that are in no file, since the trouble that there is began; 0 when there is none. */
  get dropped(): number {
    return this.#dropped
  }

  write(events: readonly LogEvent[]): void {
    for (const { level, ...event } of events) this.#logger[isLevel(level) ? level : 'notice'](event)
  }

  #open(): RotatingFileStream {
    const stream = createStream('events.jsonl', { path: this.#folder, size: '10M', maxFiles: 10 })
    // Heard here, or Node ends the program.
    stream.on('error', (error) => this.#failed(stream, error))
    return stream
  }

  #write(line: string): void {
    if (this.#stream === null && this.#options.nowMs() - this.#failedAtMs >= reopenAfterMs) this.#stream = this.#open()
    if (this.#stream === null) this.#dropped++
    // Of what a stream that fails still has, each is told so.
    else this.#stream.write(line, (error) => (error === null || error === undefined ? this.#works() : this.#dropped++))
  }

  #failed(stream: RotatingFileStream, error: Error): void {
    if (this.#stream !== stream) return
    this.#stream = null
    this.#failedAtMs = this.#options.nowMs()
    if (this.#isInTrouble) return
    this.#isInTrouble = true
    const why = `The log's files in ${this.#folder} cannot be written: ${error.message}`
    this.#options.say('error', `${why}. Events are dropped there until they can; look at the disk.`)
  }

  #works(): void {
    if (!this.#isInTrouble) return
    const dropped = this.#dropped
    this.#isInTrouble = false
    this.#dropped = 0
    this.#options.say(
      'notice',
      `The log's files in ${this.#folder} are written again; ${dropped} events are not in them`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stream = this.#stream
    if (stream === null || stream.destroyed || stream.writableEnded) return
    stream.end()
    await once(stream, 'close')
  }
}
