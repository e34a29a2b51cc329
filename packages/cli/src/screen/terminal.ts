/**
 * The terminal: takes keys, shows lines, and is left as it was found, whatever ends the program.
 *
 *     entered ── SIGTSTP, Ctrl-Z ──► left, stopped ── SIGCONT ──► entered, painted anew
 *        └────── close(), exit ────► left
 *
 * Only lines that changed are written, each whole, so that nothing flickers and a slow line stays usable.
 */
import type { ReadStream, WriteStream } from 'node:tty'
import { realRuntime, type RuntimeTimer } from '@agner/core'
import { KeyReader } from './keys.ts'
import type { Line } from './line.ts'
import { ansi, paint } from './paint.ts'

const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l'
const leave = '\x1b[?7h\x1b[?25h\x1b[?1049l'

/** A sequence of a key that came in pieces is whole by then; an Esc alone is Esc. */
const restOfKeyMs = 50
const stoppedMs = 50

export interface TerminalEvents {
  readonly key: (key: string) => void
  readonly size: (columns: number, rows: number) => void
}

export class Terminal {
  readonly #input: ReadStream
  readonly #output: WriteStream
  readonly #colors: boolean
  readonly #events: TerminalEvents
  readonly #keys = new KeyReader()
  readonly #stop: (() => void)[] = []
  #keyTimer: RuntimeTimer | null = null
  #returning: RuntimeTimer | null = null
  #isOpen = true
  #shown: string[] = []

  constructor(input: ReadStream, output: WriteStream, colors: boolean, events: TerminalEvents) {
    this.#input = input
    this.#output = output
    this.#colors = colors
    this.#events = events
    input.setEncoding('utf8')
    input.on('data', this.#onData)
    output.on('resize', this.#repaint)
    // A crash, too, leaves by here.
    process.on('exit', this.#onExit)
    process.on('SIGTSTP', this.#suspend)
    process.on('SIGCONT', this.#resume)
    this.#stop.push(
      () => input.off('data', this.#onData),
      () => output.off('resize', this.#repaint),
      () => process.off('exit', this.#onExit),
      () => process.off('SIGTSTP', this.#suspend),
      () => process.off('SIGCONT', this.#resume),
    )
    this.#enter()
  }

  get columns(): number {
    return this.#output.columns || 80
  }

  get rows(): number {
    return this.#output.rows || 24
  }

  show(lines: readonly Line[]): void {
    const texts = lines.map((line) => ansi(line, this.#colors))
    // One that was left is somebody else's.
    const changes = this.#isOpen && this.#returning === null ? paint(texts, this.#shown) : ''
    if (changes === '') return
    this.#shown = texts
    this.#output.write(changes)
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    for (const stop of this.#stop.splice(0)) stop()
    this.#keyTimer?.clear()
    // Stopped and ended before it came back: it has been left.
    if (this.#returning === null) this.#leave()
    this.#returning?.clear()
    this.#input.pause()
  }

  readonly #onExit = (): void => this.close()

  readonly #onData = (data: Buffer | string): void => {
    this.#keyTimer?.clear()
    const keys = this.#keys.push(data.toString())
    this.#keyTimer = this.#keys.isWaiting
      ? realRuntime.setTimer(restOfKeyMs, () => this.#pressed(this.#keys.end()))
      : null
    this.#pressed(keys)
  }

  #pressed(keys: readonly string[]): void {
    for (const key of keys) {
      if (key === 'suspend') this.#suspend()
      else if (this.#isOpen) this.#events.key(key)
    }
  }

  /**
   * By the signal itself, with nobody to catch it, and to the whole group as a terminal's Ctrl-Z: the shell waits for npx, say, and
   * not for this. What no shell would let go on the system does not stop; then it comes back after a moment by itself.
   */
  readonly #suspend = (): void => {
    if (!this.#isOpen || this.#returning !== null) return
    this.#leave()
    process.off('SIGTSTP', this.#suspend)
    this.#returning = realRuntime.setTimer(stoppedMs, this.#resume)
    process.kill(0, 'SIGTSTP')
  }

  /** Also after a SIGSTOP, of which nobody hears: the shell has used the terminal since. */
  readonly #resume = (): void => {
    if (!this.#isOpen) return
    if (this.#returning !== null) {
      this.#returning.clear()
      this.#returning = null
      process.on('SIGTSTP', this.#suspend)
    }
    this.#enter()
    this.#repaint()
  }

  readonly #repaint = (): void => {
    if (this.#returning !== null) return
    this.#shown = []
    this.#output.write('\x1b[2J')
    this.#events.size(this.columns, this.rows)
  }

  #enter(): void {
    // Off and on: what is on already would not be set again, though the shell has changed it.
    this.#input.setRawMode(false)
    this.#input.setRawMode(true)
    this.#output.write(enter)
  }

  #leave(): void {
    this.#output.write(leave)
    // A terminal that was closed cannot be set: it says so by an event, which would end the program before its time.
    this.#input.once('error', () => {})
    this.#input.setRawMode(false)
  }
}
