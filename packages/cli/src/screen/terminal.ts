/**
 * The terminal: takes keys, shows lines, and is left as it was found, whatever ends the program.
 *
 * Only lines that changed are written, each whole, so that nothing flickers and a slow line stays usable.
 */
import type { ReadStream, WriteStream } from 'node:tty'
import { keysOf } from './keys.ts'
import type { Line, Style } from './line.ts'

const codes: Readonly<Record<Style, string>> = {
  plain: '',
  bold: '1',
  dim: '2',
  good: '32',
  warn: '33',
  bad: '31',
  accent: '36',
}

const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l'
const leave = '\x1b[?7h\x1b[?25h\x1b[?1049l'

export interface TerminalEvents {
  readonly key: (key: string) => void
  readonly size: (columns: number, rows: number) => void
}

export class Terminal {
  readonly #input: ReadStream
  readonly #output: WriteStream
  readonly #colors: boolean
  readonly #stop: (() => void)[] = []
  #shown: string[] = []

  constructor(input: ReadStream, output: WriteStream, colors: boolean, events: TerminalEvents) {
    this.#input = input
    this.#output = output
    this.#colors = colors
    const onData = (data: Buffer | string): void => {
      for (const key of keysOf(data.toString())) events.key(key)
    }
    const onResize = (): void => {
      this.#shown = []
      this.#output.write('\x1b[2J')
      events.size(this.columns, this.rows)
    }
    const onExit = (): void => this.close()
    input.setRawMode(true)
    input.setEncoding('utf8')
    input.on('data', onData)
    output.on('resize', onResize)
    // A crash, too, leaves by here.
    process.on('exit', onExit)
    this.#stop.push(
      () => input.off('data', onData),
      () => output.off('resize', onResize),
      () => process.off('exit', onExit),
    )
    output.write(enter)
  }

  get columns(): number {
    return this.#output.columns || 80
  }

  get rows(): number {
    return this.#output.rows || 24
  }

  show(lines: readonly Line[]): void {
    const texts = lines.map((line) => ansi(line, this.#colors))
    const changed = texts.flatMap((text, row) =>
      text === this.#shown[row] ? [] : [`\x1b[${row + 1};1H${text}\x1b[0m\x1b[K`],
    )
    this.#shown = texts
    if (changed.length > 0) this.#output.write(changed.join(''))
  }

  close(): void {
    if (this.#stop.length === 0) return
    for (const stop of this.#stop.splice(0)) stop()
    this.#output.write(leave)
    this.#input.setRawMode(false)
    this.#input.pause()
  }
}

export function ansi({ spans, selected }: Line, colors: boolean): string {
  if (selected) return `\x1b[7m${spans.map(({ text }) => text).join('')}\x1b[0m`
  return spans
    .map(({ text, style }) => {
      const code = colors || style === 'bold' || style === 'dim' ? codes[style] : ''
      return code === '' ? text : `\x1b[${code}m${text}\x1b[0m`
    })
    .join('')
}
